// `release gates --watch`: asks again after every report of the Hub about the environment, and at the time in the last
// answer, until every gate passes. A terminal shows the newest answer in place; otherwise each new one is printed.
import type { CommandContext } from '../../context.ts';
import { followHub } from '../../hub/follow-hub.ts';
import type { GatesAnswer } from '../../hub/gates-answer.ts';
import { StkError } from '../../../kernel/errors.ts';
import { formatGates } from '../../print/gates-report.ts';
import { allPass, askAboutRelease, describeGates, type GatesOptions } from './release-gates.ts';

/** Least milliseconds between two requests that only the time causes. */
const leastPause = 1_000;

/** Runs until all gates pass, or the operator ends it; returns the exit code. */
export async function watchGates(context: CommandContext, options: GatesOptions): Promise<number> {
  const answer = await untilAllPass(context, options);
  context.output.result(answer, describeGates(answer));
  return allPass(answer) ? 0 : 3;
}

async function untilAllPass(context: CommandContext, options: GatesOptions): Promise<GatesAnswer> {
  const { output, services, hub } = context;
  let answer = await askAboutRelease(context, options);
  const { clock, interrupted } = services;
  const ended = new AbortController();
  const signal = AbortSignal.any([interrupted, ended.signal]);
  let wake = (): void => undefined;
  let isDue = false;
  const streaming = followHub({
    hub: hub.of(options.env),
    environment: options.env,
    clock,
    signal,
    onMessage() {
      isDue = true;
      wake();
    },
    onLost: ({ message }) => output.narrate(`${message}; trying again.`),
  });
  // The loop rethrows its error where it waits for it.
  streaming.catch(() => undefined);
  let shown = '';
  const show = (): void => {
    const table = output.isLive ? describeGates(answer) : formatGates(answer.gates);
    if (table === shown || allPass(answer)) return;
    shown = table;
    if (output.isLive) output.redraw(table);
    else output.narrate(`${table}\n`);
  };
  try {
    show();
    while (!allPass(answer) && !signal.aborted) {
      const pause = new AbortController();
      wake = () => pause.abort();
      if (!isDue)
        await Promise.race([
          streaming,
          clock.sleep(pauseOf(answer, clock.now()), AbortSignal.any([pause.signal, signal])),
        ]);
      isDue = false;
      if (signal.aborted) break;
      answer = await askAboutRelease(context, options).catch((error: unknown) => {
        if (error instanceof StkError && error.code === 'hub-unavailable') return answer;
        throw error;
      });
      show();
    }
  } finally {
    ended.abort();
    await Promise.allSettled([streaming]);
  }
  return answer;
}

/** Until the time in the answer. */
function pauseOf({ again }: GatesAnswer, now: number): number {
  const at = again === null || again === undefined ? Number.NaN : Date.parse(again);
  return Number.isNaN(at) ? longestPause : Math.min(longestPause, Math.max(leastPause, at - now));
}

/** Milliseconds; the Hub's heartbeat comes earlier. */
const longestPause = 60_000;
