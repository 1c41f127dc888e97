// Runs a list of smoke tests in order and stops at the first that fails. Each test has a time limit for all its attempts.
import type { Clock } from '../kernel/clock.ts';
import { asStkError } from '../kernel/errors.ts';
import type { SmokeTest } from '../model/smoke.ts';
import type { ActiveRelease } from '../serving/serving-table.ts';
import { attemptCall, failed, type CallAttempt } from './attempt-call.ts';
import { attemptHttp } from './attempt-http.ts';
import { SavedValues } from './saved-values.ts';

export interface SmokeResult {
  readonly name: string;
  readonly kind: SmokeTest['kind'];
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly attempts: number;
  readonly durationMs: number;
  /** From the last attempt, when the test failed. */
  readonly expected?: string;
  readonly got?: string;
}

export interface SmokeReport {
  readonly isPassed: boolean;
  readonly tests: readonly SmokeResult[];
}

export interface SmokeTools {
  readonly clock: Clock;
  /** Value of an environment variable; `undefined` when it is not set, or may not be used. */
  readonly secret: (name: string, url: string) => string | undefined;
}

export interface SmokeRun {
  readonly tests: readonly SmokeTest[];
  /** The release to call; it need not be served. */
  readonly active: ActiveRelease;
  /** Network tests are skipped: their servers do not use this release yet. */
  readonly isRehearsal: boolean;
  /** The most attempts of each test. */
  readonly attempts: number;
  readonly signal: AbortSignal;
}

/** Milliseconds between two attempts. */
const pause = 500;

/** Never rejects because of a test or an answer. */
export async function runSmoke(tools: SmokeTools, run: SmokeRun): Promise<SmokeReport> {
  const saved = new SavedValues();
  const tests: SmokeResult[] = [];
  let isPassed = true;
  for (const test of run.tests) {
    const { name, kind, save } = test;
    const isLeftOut = run.isRehearsal && (test.kind === 'http' || saved.needsSkipped(test.input));
    if (!isPassed || isLeftOut) {
      saved.skip(save);
      tests.push({ name, kind, outcome: 'skipped', attempts: 0, durationMs: 0 });
      continue;
    }
    const result = await runTest(tools, run, { test, saved });
    isPassed = result.outcome === 'passed';
    tests.push(result);
  }
  return { isPassed, tests };
}

interface OneTest {
  readonly test: SmokeTest;
  readonly saved: SavedValues;
}

async function runTest(tools: SmokeTools, run: SmokeRun, one: OneTest): Promise<SmokeResult> {
  const { clock } = tools;
  const { name, kind, save, within } = one.test;
  const start = clock.now();
  const deadline = start + within;
  for (let attempts = 1; ; attempts += 1) {
    const attempt = saveFrom(await attemptInTime(tools, run, one, deadline - clock.now()), one);
    const done = { name, kind, attempts, durationMs: clock.now() - start };
    if (attempt.kind === 'passed') return { ...done, outcome: 'passed' };
    const isOver = clock.now() + pause >= deadline || run.signal.aborted;
    if (attempts >= run.attempts || isOver) {
      one.saved.skip(save);
      return { ...done, outcome: 'failed', ...attempt.failure };
    }
    await clock.sleep(pause, run.signal);
  }
}

async function attemptInTime(
  { clock, secret }: SmokeTools,
  { active, signal: stop }: SmokeRun,
  { test, saved }: OneTest,
  ms: number,
): Promise<CallAttempt> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, stop]);
  const ended = new AbortController();
  const late = clock
    .sleep(ms, AbortSignal.any([ended.signal, stop]))
    .then(() => failed({ expected: `an answer within ${test.within} ms`, got: 'none' }));
  const work =
    test.kind === 'call' ? attemptCall(test, active, saved) : attemptHttp(test, { saved, secret, signal });
  const guarded = work.catch((thrown: unknown) =>
    failed({ expected: 'an answer', got: asStkError(thrown).message }),
  );
  try {
    return await Promise.race([guarded, late]);
  } finally {
    ended.abort();
    over.abort();
  }
}

function saveFrom(attempt: CallAttempt, { test, saved }: OneTest): CallAttempt {
  if (attempt.kind === 'failed') return attempt;
  const [missing] = saved.save(test.save, attempt.answer);
  if (missing === undefined) return attempt;
  return failed({
    expected: `a value at ${test.save[missing] ?? ''} to save as "${missing}"`,
    got: 'nothing',
  });
}

/** The failure of a report in one sentence; `undefined` when it passed. */
export function describeFailure({ tests }: SmokeReport): string | undefined {
  const test = tests.find(({ outcome }) => outcome === 'failed');
  if (test === undefined) return undefined;
  const tries = test.attempts === 1 ? '' : ` in ${test.attempts} attempts`;
  return `The smoke test "${test.name}" failed${tries}: expected ${test.expected ?? ''}, got ${test.got ?? ''}.`;
}
