// The texts about a bake: its condition, its event, and the trailers of the commit that rolls a release back. Pure.
import type { AfterReading } from '../../analysis/before-after.ts';
import type { BakeSettings } from '../../model/pipeline/canary.ts';
import type { Told } from '../admission/events/event-desk.ts';
import { claim, type Claim } from '../status/compute-conditions.ts';
import type { AfterActivation, AfterRun } from './look-after.ts';

/** `undefined` when nothing is or was compared. */
export function claimOf({ after, run }: { after: AfterActivation; run: AfterRun }): Claim {
  const { content, previous } = after;
  const { reading, outcome, reference } = run;
  const who = `${content.release}, after ${previous.release}`;
  const what = reading === undefined ? 'Nothing was counted yet.' : sentenceOf(reading, run);
  switch (outcome) {
    case 'passed':
      return claim('Baked', 'True', 'BakePassed', `${who}: not more of its calls fail than before. ${what}`);
    case 'breached':
      return claim('Baked', 'False', 'BakeBreached', `${who}: more of its calls fail. ${what}`);
    case 'undecided':
      return claim(
        'Baked',
        'Unknown',
        'BakeUndecided',
        `${who}: the time is over without an answer. ${what}`,
      );
    case 'running':
      return claim(
        'Baked',
        'Unknown',
        reference === null ? 'BakeWithoutRecord' : 'Baking',
        `${who}: ${what}`,
      );
  }
}

/** `undefined` when there is no outcome, or none with an event. */
export function toldOfBake(
  environment: string,
  { after, run }: { after: AfterActivation; run: AfterRun },
  kind: Told['class'],
): Told | undefined {
  const { reading, outcome } = run;
  if (reading === undefined || (outcome !== 'passed' && outcome !== 'breached')) return undefined;
  return {
    environment,
    content: after.content,
    event: outcome === 'passed' ? 'bake-passed' : 'bake-breached',
    class: kind,
    revision: after.revision,
    from: after.previous.release,
    counts: {
      errors: { after: countsOf(reading.after), before: reading.before && countsOf(reading.before) },
    },
    bounds: { errors: boundsOf(reading) },
    sentence: sentenceOf(reading, run),
    // Each Hub judges the calls that it answered.
    ...(outcome === 'breached' ? { isOwn: true as const } : {}),
  };
}

/** What was found, and why it is only told where a rollback was to follow. */
function sentenceOf({ sentence }: AfterReading, { follows }: AfterRun): string {
  return follows === undefined ? sentence : `${sentence} ${follows}`;
}

/** `Stk-Counts: after 41 of 900, before 12 of 302400`. */
export function trailersOf(
  { after, before }: AfterReading,
  bake: BakeSettings,
): Readonly<Record<string, string>> {
  return {
    'Stk-Gate': 'bake',
    'Stk-Counts': `after ${after.bad} of ${after.calls}, before ${before?.bad ?? 0} of ${before?.calls ?? 0}`,
    'Stk-Bounds': `after ${rounded(after.lower)} to ${rounded(after.upper)}, before at most ${rounded(before?.upper ?? 1)}`,
    'Stk-Policy': JSON.stringify({ for: bake.forMs, onBreach: bake.onBreach }),
  };
}

const countsOf = ({ calls, bad }: { readonly calls: number; readonly bad: number }) => ({ calls, bad });

function boundsOf({ after, before }: AfterReading) {
  const { lower, upper } = after;
  return {
    after: { lower: rounded(lower), upper: rounded(upper) },
    before: before && { upper: rounded(before.upper) },
  };
}

/** Six digits are as precise as the counts. */
function rounded(share: number): number {
  return Number(share.toPrecision(6));
}
