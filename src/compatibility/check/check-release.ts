// The check: can this database run this release? Orders the questions; the rules are one a file in rules/.
import { readFingerprint } from '../../database/catalogue/catalogue-fingerprint.ts';
import type { CatalogueRequest } from '../../database/catalogue/catalogue.ts';
import type { Database, Inspection } from '../../database/database.ts';
import { isBlocking, type Finding } from '../../model/finding.ts';
import type { AcceptedFinding } from '../../model/project.ts';
import type { Release } from '../../model/release.ts';
import type { Statement } from '../../sql/statement.ts';
import { applySettings } from './apply-settings.ts';
import { askDatabaseForEach } from './ask-database.ts';
import type { CheckCache } from './check-cache.ts';
import { holdDatabase, type DatabaseHold } from './hold-database.ts';
import { failuresOf, findUnplanned } from '../bodies/body-callers.ts';
import { readPassing, readThrown, sayIndeterminate } from './indeterminate.ts';
import { judge } from './judge.ts';
import type { Answers } from './known-answers.ts';
import { listNames } from './list-names.ts';
import { followsUnknown } from '../bodies/table-makers.ts';
import type { Verdict } from '../../model/verdict.ts';

export interface CheckRequest {
  readonly release: Release;
  /** Of every SQL operation, by name. */
  readonly statements: ReadonlyMap<string, Statement>;
  /** Identifies the release's bytes, for the cache. */
  readonly digest: string;
  readonly strict: boolean;
  readonly accept: readonly AcceptedFinding[];
  /** Milliseconds since the epoch, to judge expiry. */
  readonly now: number;
  /** Of this database; undefined: everything is asked each time. */
  readonly cache?: CheckCache | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Of a database that is not held yet. */
export interface HoldAndCheckRequest extends CheckRequest {
  readonly migrationLock: string | undefined;
}

/** Times that a schema may change under the check before the answer is "cannot tell now". */
const maxAttempts = 2;

/** Holds the database for one check. Writes nothing. Rejects only for a defect: what the database can cause is a verdict. */
export async function checkRelease(database: Database, request: HoldAndCheckRequest): Promise<Verdict> {
  const hold = await holdDatabase(database, request);
  if (hold.kind !== 'held') return hold;
  try {
    return await checkHeld(hold, request);
  } finally {
    await hold.release();
  }
}

/** The same on a database that is held already, and goes on being held: what the verdict says holds until it is released. */
export async function checkHeld(hold: DatabaseHold, request: CheckRequest): Promise<Verdict> {
  try {
    const outcome = await hold.use((session) => findAtRest(hold.engine, session, request));
    if (!('fingerprint' in outcome)) return outcome;
    const { fingerprint } = outcome;
    const findings = applySettings(outcome.findings, request);
    const kind = findings.some(isBlocking) ? 'incompatible' : 'compatible';
    return { kind, fingerprint, findings };
  } catch (thrown) {
    const verdict = readThrown(thrown);
    if (verdict === undefined) throw thrown;
    return verdict;
  }
}

interface FoundAtRest {
  readonly fingerprint: string;
  readonly findings: readonly Finding[];
}

type NoVerdict = Extract<Verdict, { kind: 'indeterminate' | 'unavailable' }>;

/** What is found while the schema does not change: fingerprints before and after agree. */
async function findAtRest(
  engine: Database['engine'],
  session: Inspection,
  request: CheckRequest,
): Promise<FoundAtRest | NoVerdict> {
  const { release, statements, digest, cache, signal } = request;
  const names = listNames([{ release, statements }]);
  let fingerprint = await readFingerprint(session, names);
  // Nobody is refused on the word of a cache: what blocks is asked again, all of it.
  const isRefused = (found: readonly Finding[]): boolean => applySettings(found, request).some(isBlocking);
  const ask = (known: Answers | undefined) => askOnce({ engine, session, names }, request, known);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const remembered = cache?.get(fingerprint, digest);
    if (remembered !== undefined && !isRefused(remembered)) return { fingerprint, findings: remembered };
    signal?.throwIfAborted();
    const known = remembered === undefined ? cache?.answers.get(fingerprint) : undefined;
    let asked = await ask(known);
    if (known !== undefined && 'findings' in asked && isRefused(asked.findings)) asked = await ask(undefined);
    if ('kind' in asked) return asked;
    const { findings, answers, isWhole } = asked;
    const confirmed = await readFingerprint(session, names);
    if (confirmed === fingerprint) {
      if (isWhole) cache?.set(fingerprint, digest, findings);
      cache?.answers.add(fingerprint, answers);
      return { fingerprint, findings };
    }
    fingerprint = confirmed;
  }
  return sayIndeterminate('IND002', {
    object: 'schema',
    message: `The schema changed under the check, ${maxAttempts} times in a row.`,
    hint: 'It is looked again by itself; let the migration end.',
  });
}

interface Asked {
  readonly findings: readonly Finding[];
  readonly answers: Answers;
  /** Nothing was left out for want of time. */
  readonly isWhole: boolean;
}

interface Asking {
  readonly engine: Database['engine'];
  readonly session: Inspection;
  readonly names: CatalogueRequest;
}

async function askOnce(
  { engine, session, names }: Asking,
  { release, statements, strict }: CheckRequest,
  known: Answers | undefined,
): Promise<Asked | NoVerdict> {
  const releases = [{ release, statements }];
  const { contexts, answers } = await askDatabaseForEach(session, engine, { releases, names, known });
  const [context] = contexts;
  if (context === undefined) throw new Error('one release was asked for, and none was answered');
  for (const failure of failuresOf(context)) {
    const passing = readPassing(failure);
    if (passing !== undefined) return passing;
  }
  const unplanned = findUnplanned(context);
  // There a warning blocks, and this one may be gone at the next look.
  const passing = strict && unplanned !== undefined ? readPassing(unplanned) : undefined;
  if (passing !== undefined) return passing;
  const findings = await judge(context);
  return { findings, answers, isWhole: unplanned === undefined && !followsUnknown(context) };
}
