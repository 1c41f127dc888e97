// A database's answers under one fingerprint, so that the next release does not ask the same again. Most of a release's
// statements are also in the previous one. Refusals are not kept: they are always asked anew.
import type { CatalogueRequest } from '../../database/catalogue/catalogue.ts';
import type { Description, ExplainAnswer } from '../../database/database.ts';
import type { Catalogue } from '../../model/catalogue.ts';
import type { SpelledType } from './check-context.ts';

export interface PlannedStatement {
  readonly description: Description;
  readonly explanation: ExplainAnswer;
}

export interface Answers {
  /** By the question, as {@link keyOf} writes it. */
  readonly catalogues: ReadonlyMap<string, Catalogue>;
  /** By the spelling in a contract. */
  readonly types: ReadonlyMap<string, SpelledType>;
  /** By the statement's text; only what PostgreSQL planned. */
  readonly statements: ReadonlyMap<string, PlannedStatement>;
}

/** The key of a question to the catalogue. */
export function keyOf(request: CatalogueRequest): string {
  return JSON.stringify(request);
}

export interface KnownAnswers {
  /** The answers under a fingerprint. `undefined` when none exist. */
  get(fingerprint: string): Answers | undefined;
  /** The fingerprint was the same before and after these questions. */
  add(fingerprint: string, answers: Answers): void;
}

/** Releases that name other objects have other fingerprints. */
const mostFingerprints = 4;
const mostCatalogues = 4;
const mostTypes = 1_000;
const mostStatements = 5_000;
/** The most characters of a statement's text. */
const longestStatement = 10_000;

interface Kept extends Answers {
  readonly catalogues: Map<string, Catalogue>;
  readonly types: Map<string, SpelledType>;
  readonly statements: Map<string, PlannedStatement>;
}

/** One for each database, because a fingerprint is only valid in its database. */
export function createKnownAnswers(): KnownAnswers {
  const byFingerprint = new Map<string, Kept>();
  return {
    get: (fingerprint) => byFingerprint.get(fingerprint),
    add(fingerprint, { catalogues, types, statements }) {
      const kept: Kept = byFingerprint.get(fingerprint) ?? {
        catalogues: new Map(),
        types: new Map(),
        statements: new Map(),
      };
      // The last in the map is dropped last.
      byFingerprint.delete(fingerprint);
      keep(byFingerprint, mostFingerprints, [[fingerprint, kept]]);
      keep(kept.catalogues, mostCatalogues, catalogues);
      keep(kept.types, mostTypes, types);
      keep(
        kept.statements,
        mostStatements,
        [...statements].filter(([text]) => text.length <= longestStatement),
      );
    },
  };
}

/** The oldest entries are dropped. */
function keep<T>(map: Map<string, T>, most: number, entries: Iterable<readonly [string, T]>): void {
  for (const [key, value] of entries) {
    map.set(key, value);
    const [oldest] = map.keys();
    if (map.size > most && oldest !== undefined) map.delete(oldest);
  }
}
