// Computes the verdicts of a canary again from the counts that were kept at each look. With the same settings, every
// report equals the original byte for byte. With others, it shows what would have been decided.
import { look, type StepConstraint, type LookReport } from './look.ts';
import type { AnalysisPolicy } from './policy.ts';
import type { Sample } from './sample.ts';
import { startState } from './state.ts';

/** The first line of a log. */
export interface LoggedStart {
  readonly canary: LoggedCanary;
  readonly policy: AnalysisPolicy;
}

/** The part that people see. */
export interface LoggedCanary {
  readonly environment: string;
  readonly of: string;
  readonly content: { readonly release: string };
  readonly stable: { readonly release: string };
}

export interface LoggedLook {
  readonly look: number;
  readonly sample: Sample;
  readonly constraint: StepConstraint;
  readonly report: LookReport;
}

export interface CanaryLog {
  readonly start: LoggedStart;
  /** In order, each once. */
  readonly looks: readonly LoggedLook[];
}

export interface Replay {
  readonly reports: readonly LookReport[];
  /** The first look whose report differs from the original; `undefined` when none does. */
  readonly differsAt: number | undefined;
}

/** Throws when stk did not write a line. Drops a last line that a crash cut off. */
export function readCanaryLog(text: string): CanaryLog {
  const lines = text.split('\n');
  const whole = lines.slice(0, -1);
  const [first, ...rest] = whole.map((line): unknown => JSON.parse(line));
  if (!isStart(first)) throw new Error('the first line does not say with which settings the canary began');
  const looks = new Map<number, LoggedLook>();
  for (const one of rest) {
    if (!isLook(one)) throw new Error('a line is not a look');
    looks.set(one.look, one);
  }
  return { start: first, looks: [...looks.values()].sort((a, b) => a.look - b.look) };
}

export function replayCanary({ start, looks }: CanaryLog, policy: AnalysisPolicy = start.policy): Replay {
  const state = startState(policy);
  const reports: LookReport[] = [];
  let differsAt: number | undefined;
  for (const made of looks) {
    const report = look(policy, state, made.sample, made.constraint);
    reports.push(report);
    if (differsAt === undefined && JSON.stringify(report) !== JSON.stringify(made.report))
      differsAt = made.look;
  }
  return { reports, differsAt };
}

function isStart(value: unknown): value is LoggedStart {
  return typeof value === 'object' && value !== null && 'canary' in value && 'policy' in value;
}

function isLook(value: unknown): value is LoggedLook {
  return (
    typeof value === 'object' && value !== null && 'look' in value && 'sample' in value && 'report' in value
  );
}
