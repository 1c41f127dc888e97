// `npm run simulate [-- --runs N] [--seed N]`: simulates canaries, and days with triggers, and prints each figure of the analysis beside its bound.
// Exit code 1 when a bound does not hold.
import { parseArgs } from 'node:util';
import { precisionAndRecall, rows } from './simulation/rows.ts';
import { triggerRowsOf } from './simulation/trigger-rows.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed))
  throw new Error('--runs and --seed take whole numbers');

let isGood = true;
const print = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`);
print(['what', 'bound', 'reached', 'naive rule', 'canaries']);
print(['---', '---', '---', '---', '---']);
for (const { name, bound, unit, figure, naive, share = 1 } of [...rows, ...triggerRowsOf(24)]) {
  const canaries = Math.max(1, Math.round(runs * share));
  const reached = figure(canaries, seed);
  const holds = reached <= (bound.atMost ?? Infinity) && reached >= (bound.atLeast ?? -Infinity);
  isGood &&= holds;
  const limit = bound.atMost === undefined ? `≥ ${bound.atLeast} ${unit}` : `≤ ${bound.atMost} ${unit}`;
  const beside = naive === undefined ? '' : `${naive(Math.min(canaries, 200), seed).toFixed(1)} ${unit}`;
  print([
    name,
    limit,
    `${Number(reached.toFixed(2))} ${unit}${holds ? '' : ' **missed**'}`,
    beside,
    String(canaries),
  ]);
}
const each = Math.min(200, runs);
const { precision, recall } = precisionAndRecall(each, seed);
isGood &&= precision >= 0.99 && recall >= 0.99;
print([
  `precision and recall, ${each} faulty and ${each} healthy`,
  '≥ 99 %',
  `${(100 * precision).toFixed(1)} % and ${(100 * recall).toFixed(1)} %`,
  '',
  String(2 * each),
]);
process.exitCode = isGood ? 0 : 1;
