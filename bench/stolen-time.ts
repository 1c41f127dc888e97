// When the host of a virtual machine took processor time from it: a call that was under way then says nothing of stk. Where
// the system does not tell, no call counts as disturbed.
import { readProcessorTime } from './machine.ts';

/** Milliseconds between two looks. */
const period = 50;
/** Milliseconds: the system counts in ticks of 10 ms, and may tell late. */
const before = 20;
/** Milliseconds that what had to wait takes to be done. */
const after = 40;

export interface StolenTime {
  /** Whether nothing was taken from a call. Milliseconds since the epoch, and milliseconds. */
  isUndisturbed(from: number, latency: number): boolean;
  /** Resolves when everything up to now has been looked at. */
  settled(): Promise<void>;
  stop(): void;
}

export function watchStolenTime(): StolenTime {
  const disturbed: { readonly from: number; readonly to: number }[] = [];
  let last = look();
  const timer = setInterval(() => {
    const now = look();
    if (now.stolen > last.stolen) disturbed.push({ from: last.at - before, to: now.at + after });
    last = now;
  }, period);
  return {
    isUndisturbed: (from, latency) =>
      !disturbed.some((span) => span.from <= from + latency && from <= span.to),
    settled: () => new Promise((resolve) => setTimeout(resolve, 2 * period)),
    stop: () => clearInterval(timer),
  };
}

function look(): { readonly at: number; readonly stolen: number } {
  return { at: performance.timeOrigin + performance.now(), stolen: readProcessorTime()?.stolen ?? 0 };
}
