// Every figure of the analysis on the full simulated corpus, with the naive rule on the same canaries beside it. The same as
// `npm run simulate`, which prints it alone.
import type { Row, Scenario } from '../scenario.ts';
import { precisionAndRecall, rows } from '../simulation/rows.ts';

const seed = 1;
const fullRuns = 1000;
const mostNaive = 200;

export const canarySimulation: Scenario = {
  name: 'canary-simulation',
  title: `Simulated canaries, 10 % share, a look every 10 s, seed ${seed}: what the analysis does with them, and the rule "one-minute error rate more than a point above stable" where it applies.`,
  run: ({ isQuick, say }) => {
    const runs = isQuick ? 20 : fullRuns;
    const measured: Row[] = [];
    for (const { name, bound, unit, figure, naive, share = 1 } of rows) {
      say(name);
      const canaries = Math.max(1, Math.round(runs * share));
      const reached = figure(canaries, seed);
      const { atMost = Infinity, atLeast = -Infinity } = bound;
      const text = bound.atMost === undefined ? `≥ ${atLeast} ${unit}` : `≤ ${atMost} ${unit}`;
      const aim = { text, isMet: reached <= atMost && reached >= atLeast };
      measured.push({ what: `${name} (${canaries})`, samples: [reached], unit, aim });
      if (naive !== undefined)
        measured.push({
          what: `${name}: naive rule`,
          samples: [naive(Math.min(canaries, mostNaive), seed)],
          unit,
        });
    }
    const each = Math.min(200, runs);
    const { precision, recall } = precisionAndRecall(each, seed);
    for (const [what, share] of [
      ['precision', precision],
      ['recall', recall],
    ] as const)
      measured.push({
        what: `${what}, ${each} faulty and ${each} healthy`,
        samples: [100 * share],
        unit: '%',
        aim: { text: '≥ 99 %', isMet: share >= 0.99 },
      });
    return Promise.resolve(measured);
  },
};
