// The loop of every check: fingerprint, ask, judge, fingerprint again. The findings count while the schema rests: both
// fingerprints must be equal.
import { readFingerprint } from '../../database/catalogue/catalogue-fingerprint.ts';
import type { CatalogueRequest } from '../../database/catalogue/catalogue.ts';
import type { Database, Inspection } from '../../database/database.ts';
import { createLetCallsIn } from '../../kernel/let-calls-in.ts';
import { isBlocking, type Finding } from '../../model/finding.ts';
import type { Verdict } from '../../model/verdict.ts';
import { listRefusals } from '../bodies/called-bodies.ts';
import { applySettings, type CheckSettings } from './apply-settings.ts';
import { askDatabaseForEach } from './ask-database.ts';
import type { CheckCache } from './check-cache.ts';
import { readPassing, sayIndeterminate } from './indeterminate.ts';
import { judge } from './judge.ts';
import type { Answers, KnownAnswers } from './known-answers.ts';
import { listNames, type PreparedRelease } from './list-names.ts';

export interface ReleaseToFind extends PreparedRelease {
  /** Identifies the release's bytes, for the cache. */
  readonly digest: string;
}

export interface FindRequest {
  readonly releases: readonly ReleaseToFind[];
  /** A release that these settings refuse is checked again, never answered from a cache. */
  readonly settings: CheckSettings;
  readonly cache: CheckCache | undefined;
  /** The database's answers for other releases. */
  readonly answers: KnownAnswers | undefined;
  /** When a body's statement got no plan in time, the whole answer is "cannot tell now". */
  readonly needsPlans: boolean;
  /** The hint when the schema keeps changing. */
  readonly hint: string;
  readonly signal: AbortSignal | undefined;
}

export interface FoundAtRest {
  readonly fingerprint: string;
  /** The findings of every release, by digest. */
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
}

export type NoVerdict = Extract<Verdict, { kind: 'indeterminate' | 'unavailable' }>;

/** How often a schema may change during the check before the answer is "cannot tell now". */
const maxAttempts = 2;

export async function findAtRest(
  engine: Database['engine'],
  session: Inspection,
  request: FindRequest,
): Promise<FoundAtRest | NoVerdict> {
  const { releases, settings, cache, answers, signal } = request;
  const names = listNames(releases);
  let fingerprint = await readFingerprint(session, names);
  const isRefused = (found: readonly Finding[]): boolean => applySettings(found, settings).some(isBlocking);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const remembered = new Map(
      releases.flatMap(({ digest }) => {
        const found = cache?.get(fingerprint, digest);
        return found === undefined ? [] : [[digest, found] as const];
      }),
    );
    const findings = new Map([...remembered].filter(([, found]) => !isRefused(found)));
    const unknown = releases.filter(({ digest }) => !findings.has(digest));
    if (unknown.length === 0) return { fingerprint, findings };
    signal?.throwIfAborted();
    const ask = (known: Answers | undefined) => askOnce({ engine, session, names, known }, unknown, request);
    const known = findings.size === remembered.size ? answers?.get(fingerprint) : undefined;
    let asked = await ask(known);
    if (known !== undefined && 'judged' in asked && asked.judged.some((one) => isRefused(one.findings)))
      asked = await ask(undefined);
    if ('kind' in asked) return asked;
    const confirmed = await readFingerprint(session, names);
    if (confirmed === fingerprint) {
      for (const { digest, findings: found, isRepeatable } of asked.judged) {
        findings.set(digest, found);
        if (isRepeatable) cache?.set(fingerprint, digest, found);
      }
      answers?.add(fingerprint, asked.answers);
      return { fingerprint, findings };
    }
    fingerprint = confirmed;
  }
  return sayIndeterminate('IND002', {
    object: 'schema',
    message: `The schema changed during the check, ${maxAttempts} times in a row.`,
    hint: request.hint,
  });
}

interface Asking {
  readonly engine: Database['engine'];
  readonly session: Inspection;
  readonly names: CatalogueRequest;
  readonly known: Answers | undefined;
}

interface JudgedRelease {
  readonly digest: string;
  readonly findings: readonly Finding[];
  readonly isRepeatable: boolean;
}

interface Found {
  readonly judged: readonly JudgedRelease[];
  readonly answers: Answers;
}

async function askOnce(
  { engine, session, names, known }: Asking,
  releases: readonly ReleaseToFind[],
  { needsPlans }: FindRequest,
): Promise<Found | NoVerdict> {
  const { contexts, answers } = await askDatabaseForEach(session, engine, { releases, names, known });
  const refusals = contexts.map(listRefusals);
  const waits = refusals.flatMap(({ unplanned }) =>
    needsPlans && unplanned !== undefined ? [unplanned] : [],
  );
  for (const failure of [...refusals.flatMap(({ failures }) => failures), ...waits]) {
    const passing = readPassing(failure);
    if (passing !== undefined) return passing;
  }
  const judged: JudgedRelease[] = [];
  const letCallsIn = createLetCallsIn();
  for (const [index, { digest }] of releases.entries()) {
    const [context, refused] = [contexts[index], refusals[index]];
    if (context === undefined || refused === undefined) {
      throw new Error(`${releases.length} releases were asked for, and ${contexts.length} were answered`);
    }
    judged.push({ digest, findings: await judge(context), isRepeatable: refused.isRepeatable });
    await letCallsIn();
  }
  return { judged, answers };
}
