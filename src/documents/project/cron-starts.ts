// When a schedule starts, by the wall clock of a time zone. The only user of croner, which handles clock changes: a
// start in a skipped hour moves to the first moment after it, and of a repeated hour the first one counts.
import { Cron } from 'croner';
import type { Starts } from '../../model/pipeline/auto.ts';
import { findNearest } from '../../kernel/nearest-name.ts';

/** How many answers are kept. One costs a fifth of a millisecond to compute, and holds for all moments before it. */
const maxKept = 16;

/** Many gates share the same schedule in the same zone: it is computed once. */
const known = new Map<string, Starts>();
const maxKnown = 1000;

/** `cron`: five fields. Throws an Error that explains what is wrong with them. */
export function readCron(cron: string, timeZone: string): Starts {
  const key = `${timeZone} ${cron}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  if (cron.trim().split(/\s+/).length !== 5)
    throw new Error('expected five fields: minute, hour, day of the month, month, day of the week');
  const schedule = new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true });
  const starts = remember((at) => schedule.nextRun(new Date(at))?.getTime());
  if (known.size >= maxKnown) known.clear();
  known.set(key, starts);
  return starts;
}

/** What is wrong with the name; `undefined` when it is valid. */
export function judgeTimeZone(name: string): string | undefined {
  try {
    // Throws a RangeError for an unknown name.
    new Date(0).toLocaleString('en', { timeZone: name });
    return undefined;
  } catch {
    const nearest = findNearest(name, Intl.supportedValuesOf('timeZone'));
    return `"${name}" is not a time zone${nearest === undefined ? ', such as Europe/Berlin' : `; did you mean "${nearest}"?`}`;
  }
}

function remember(compute: (at: number) => number | undefined): Starts {
  /** The first start after every moment of [from, start). */
  const kept: { from: number; start: number | undefined }[] = [];
  return {
    next: (at) => {
      const hit = kept.find(({ from, start }) => from <= at && at < (start ?? Infinity));
      if (hit !== undefined) return hit.start;
      const start = compute(at);
      const later = kept.find((one) => one.start === start && at < one.from);
      if (later !== undefined) later.from = at;
      else {
        if (kept.length >= maxKept) kept.shift();
        kept.push({ from: at, start });
      }
      return start;
    },
  };
}
