// Scenario results as Markdown: the same text goes to the terminal and to results.md.
import type { Row, Scenario } from './scenario.ts';
import { medianOf, summarise } from './statistics.ts';

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly rows: readonly Row[];
  /** Why it ended without rows; undefined: it did not. */
  readonly failure: string | undefined;
  /** The part of the processors' time that the host took meanwhile: with more than some hundredths, no p99 is stk's own. */
  readonly stolen: number | undefined;
}

/** A number with three significant digits at least, and no more than a person reads. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  if (Math.abs(value) >= 100) return Math.round(value).toString();
  return value.toPrecision(3);
}

function formatRow(row: Row, rows: readonly Row[]): string {
  const { count, median, p99 } = summarise(row.samples);
  const other = rows.find((candidate) => candidate.what === row.against);
  const ratio = other === undefined ? '' : `${formatNumber(median / medianOf(other.samples))}× ${other.what}`;
  const aim = row.aim === undefined ? '' : `${row.aim.text}: ${row.aim.isMet ? 'met' : '**missed**'}`;
  const cells = [
    row.what,
    row.unit,
    formatNumber(median),
    count > 1 ? formatNumber(p99) : '',
    String(count),
    ratio,
    aim,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

export function formatResult({ scenario, rows, failure, stolen }: ScenarioResult): string {
  const heading = `## ${scenario.name}\n\n${scenario.title}\n`;
  if (failure !== undefined) return `${heading}\nFailed: ${failure}\n`;
  const head = '| what | unit | median | p99 | samples | ratio | aim |\n|---|---|---:|---:|---:|---|---|';
  const told =
    stolen === undefined ? '' : `\nProcessor time that the host took: ${(stolen * 100).toFixed(1)} %.\n`;
  return `${heading}\n${head}\n${rows.map((row) => formatRow(row, rows)).join('\n')}\n${told}`;
}

export interface RunFacts {
  readonly machine: string;
  /** What else kept the machine busy: load averages around the run. */
  readonly load: string;
  /** RFC 3339. */
  readonly at: string;
}

export function formatReport(results: readonly ScenarioResult[], facts: RunFacts): string {
  const intro = `# Benchmark results\n\nWritten by \`npm run bench\`, both sides of every ratio in the same run.\n`;
  const where = `- Machine: ${facts.machine}\n- Load average of five minutes: ${facts.load}\n- Time: ${facts.at}\n`;
  return [intro, where, ...results.map(formatResult)].join('\n');
}
