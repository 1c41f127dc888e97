// What a database answered while its fingerprint was the same: what the next release asks again is not asked again. Most
// of a release's statements stand in the one before it. Refusals are not kept: they are always looked at anew.
import type { CatalogueRequest } from '../../database/catalogue/catalogue.ts';
import type { Description, ExplainAnswer } from '../../database/database.ts';
import type { Catalogue } from '../../model/catalogue.ts';
import type { SpelledType } from './check-context.ts';

export interface PlannedStatement {
  readonly description: Description;
  readonly explanation: ExplainAnswer;
}

export interface Answers {
  /** By what was asked of it, as {@link keyOf} writes it. */
  readonly catalogues: ReadonlyMap<string, Catalogue>;
  /** By the spelling in a contract. */
  readonly types: ReadonlyMap<string, SpelledType>;
  /** By the statement's text; only what PostgreSQL planned. */
  readonly statements: ReadonlyMap<string, PlannedStatement>;
}

/** Of a question to the catalogue. */
export function keyOf(request: CatalogueRequest): string {
  return JSON.stringify(request);
}

export interface KnownAnswers {
  /** Of a fingerprint. `undefined` when nothing is known under it. */
  get(fingerprint: string): Answers | undefined;
  /** The fingerprint was the same before these were asked and after. */
  add(fingerprint: string, answers: Answers): void;
}

/** Releases that name other objects have fingerprints of their own. */
const mostFingerprints = 4;
const mostCatalogues = 4;
const mostTypes = 1_000;
const mostStatements = 5_000;
/** Characters of a statement's text. */
const longestStatement = 10_000;

interface Kept extends Answers {
  readonly catalogues: Map<string, Catalogue>;
  readonly types: Map<string, SpelledType>;
  readonly statements: Map<string, PlannedStatement>;
}

/** One for each database: a fingerprint says nothing about another one. */
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
      // Last in the map is last to go.
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

/** The oldest entries make room. */
function keep<T>(map: Map<string, T>, most: number, entries: Iterable<readonly [string, T]>): void {
  for (const [key, value] of entries) {
    map.set(key, value);
    const [oldest] = map.keys();
    if (map.size > most && oldest !== undefined) map.delete(oldest);
  }
}
