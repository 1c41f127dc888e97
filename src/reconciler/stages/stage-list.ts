// A list of stages: runs them in order, gives each the results of earlier ones, and stops at the first that does not
// continue. No stage begins after the signal has aborted. What stages acquired is released at the end in every case.
import type { Stage, Unfinished } from './stage.ts';

interface Started {
  readonly signal: AbortSignal;
}

export interface Acquiring {
  /** Runs when the list ends, the newest first. */
  readonly undo: (() => Promise<void>)[];
}

export type ListOutcome<Found> =
  | { readonly kind: 'continue'; readonly value: Found }
  | Unfinished
  /** The signal has aborted: a newer target took over, or the Hub stops. */
  | { readonly kind: 'preempted' };

export interface StageList<Start, Found> {
  run(start: Start): Promise<ListOutcome<Found>>;
  /** The list with one more stage. */
  and<More>(stage: Stage<Found, More>): StageList<Start, Found & More>;
}

/** An empty list; `Start`: the input of the first stage. */
export function stages<Start extends Started>(): StageList<Start, Start & Acquiring> {
  return listOf<Start, Start & Acquiring>(async (start) => ({ kind: 'continue', value: start }));
}

type Chain<Start, Found> = (start: Start & Acquiring) => Promise<ListOutcome<Found>>;

function listOf<Start extends Started, Found>(chain: Chain<Start, Found>): StageList<Start, Found> {
  return {
    async run(start) {
      const undo: Acquiring['undo'] = [];
      try {
        return await chain({ ...start, undo });
      } finally {
        for (const release of undo.reverse()) await release();
      }
    },
    and: <More>(stage: Stage<Found, More>) =>
      listOf<Start, Found & More>(async (start) => {
        const before = await chain(start);
        if (before.kind !== 'continue') return before;
        if (start.signal.aborted) return { kind: 'preempted' };
        const outcome = await stage(before.value);
        if (outcome.kind === 'continue')
          return { kind: 'continue', value: { ...before.value, ...outcome.value } };
        return start.signal.aborted ? { kind: 'preempted' } : outcome;
      }),
  };
}
