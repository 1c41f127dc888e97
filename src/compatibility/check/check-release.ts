// The check: can this database run this release? Orders the questions; the rules are one a file in rules/.
import { readFingerprint } from '../../database/catalogue/catalogue-fingerprint.ts';
import type { Database, Inspection } from '../../database/database.ts';
import { takeBreath } from '../../kernel/breathe.ts';
import { isBlocking, type Finding } from '../../model/finding.ts';
import type { AcceptedFinding } from '../../model/project.ts';
import type { Release } from '../../model/release.ts';
import type { Statement } from '../../sql/statement.ts';
import { applySettings } from './apply-settings.ts';
import { askDatabaseForEach } from './ask-database.ts';
import type { CheckCache } from './check-cache.ts';
import { failuresOf, findUnplanned } from '../bodies/body-callers.ts';
import { readPassing, readThrown, sayIndeterminate } from './indeterminate.ts';
import { judge } from './judge.ts';
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
  readonly migrationLock: string | undefined;
  /** Milliseconds since the epoch, to judge expiry. */
  readonly now: number;
  /** Of this database; undefined: everything is asked each time. */
  readonly cache?: CheckCache | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CheckHooks {
  /** Runs under the migration lock after the second fingerprint agreed and nothing blocks: the swap. Must not throw. */
  readonly whileLocked?: () => void;
  /** Runs before the second fingerprint is read. */
  readonly beforeConfirming?: () => Promise<void>;
}

/** Times that a schema may change under the check before the answer is "cannot tell now". */
const maxAttempts = 2;

/** Writes nothing. Rejects only for a defect: what the database can cause is a verdict. */
export async function checkRelease(
  database: Database,
  request: CheckRequest,
  hooks: CheckHooks = {},
): Promise<Verdict> {
  try {
    return await database.inspect(
      (session) => checkLocked({ database, session }, request, hooks),
      request.signal,
    );
  } catch (thrown) {
    const verdict = readThrown(thrown);
    if (verdict === undefined) throw thrown;
    return verdict;
  }
}

interface Looking {
  readonly database: Database;
  readonly session: Inspection;
}

async function checkLocked(looking: Looking, request: CheckRequest, hooks: CheckHooks): Promise<Verdict> {
  const { migrationLock: key } = request;
  if (key === undefined) return checkAndSwap(looking, request, hooks);
  if (!(await looking.session.tryLock(key))) {
    return sayIndeterminate('IND001', {
      object: `migrationLock ${key}`,
      message: `The migration lock ${key} is held: a migration is running.`,
      hint: 'It is looked again when the migration has ended.',
    });
  }
  try {
    return await checkAndSwap(looking, request, hooks);
  } finally {
    await looking.session.unlock(key);
  }
}

async function checkAndSwap(looking: Looking, request: CheckRequest, hooks: CheckHooks): Promise<Verdict> {
  const outcome = await findAtRest(looking, request, hooks);
  if (!('fingerprint' in outcome)) return outcome;
  const { fingerprint } = outcome;
  const findings = applySettings(outcome.findings, request);
  if (findings.some(isBlocking)) return { kind: 'incompatible', fingerprint, findings };
  hooks.whileLocked?.();
  return { kind: 'compatible', fingerprint, findings };
}

interface FoundAtRest {
  readonly fingerprint: string;
  readonly findings: readonly Finding[];
}

/** What is found while the schema does not change: fingerprints before and after agree. */
async function findAtRest(
  { database, session }: Looking,
  { release, statements, digest, strict, cache, signal }: CheckRequest,
  { beforeConfirming }: CheckHooks,
): Promise<FoundAtRest | Extract<Verdict, { kind: 'indeterminate' | 'unavailable' }>> {
  // The release may have been read a moment ago, in the same turn.
  await takeBreath();
  const names = listNames([{ release, statements }]);
  let fingerprint = await readFingerprint(session, names);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const known = cache?.get(fingerprint, digest);
    if (known !== undefined) return { fingerprint, findings: known };
    signal?.throwIfAborted();
    const { contexts, answers } = await askDatabaseForEach(session, database.engine, {
      releases: [{ release, statements }],
      names,
      known: cache?.answers.get(fingerprint),
    });
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
    await beforeConfirming?.();
    const confirmed = await readFingerprint(session, names);
    if (confirmed === fingerprint) {
      if (unplanned === undefined && !followsUnknown(context)) cache?.set(fingerprint, digest, findings);
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
