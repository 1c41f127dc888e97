// Parses what stk.yaml says about automatic promotion: when the Hub promotes, and which release.
import type { AutoChoice, AutoSchedule, AutoSettings } from '../../model/pipeline/auto.ts';
import { judgeTimeZone, readCron } from './cron-starts.ts';
import { readVersionRange } from './version-range.ts';
import type { TreeMap } from '../yaml/document-tree.ts';
import { child, mapOf, textOf } from '../yaml/tree-reader.ts';

interface AutoContext {
  readonly environment: string;
  readonly from: readonly string[];
  /** Of the environment. */
  readonly pointer: string;
  readonly report: (pointer: string, message: string) => void;
}

const hourly = '0 * * * *';
/** A day before at least one moment of every valid schedule. */
const aDay = Date.UTC(2026, 0, 1);

/** `undefined` when the environment has no `auto`. */
export function readAuto(node: TreeMap, context: AutoContext): AutoSettings | undefined {
  const auto = mapOf(node, 'auto');
  if (auto === undefined) return undefined;
  const { environment, from, report } = context;
  const pointer = `${context.pointer}/auto`;
  const choose = readChoice(auto, pointer, report);
  if (choose.kind === 'served' && from.length === 0)
    report(pointer, `"auto" needs "from": no environment comes before ${environment}`);
  const hasSchedule = child(auto, 'schedule') !== undefined;
  const isScheduled = textOf(auto, 'when') === 'schedule';
  if (isScheduled && !hasSchedule)
    report(pointer, '"when: schedule" needs "schedule", such as schedule: hourly');
  if (!isScheduled && hasSchedule && textOf(auto, 'when') === 'gates')
    report(`${pointer}/schedule`, '"schedule" needs "when: schedule"');
  return { schedule: isScheduled ? readSchedule(auto, pointer, report) : undefined, choose };
}

function readSchedule(
  auto: TreeMap,
  pointer: string,
  report: AutoContext['report'],
): AutoSchedule | undefined {
  const written = mapOf(auto, 'schedule');
  const timeZone = textOf(written, 'timeZone') ?? 'UTC';
  const cron = textOf(written, 'cron') ?? hourly;
  const wrong = judgeTimeZone(timeZone);
  if (wrong !== undefined) {
    report(`${pointer}/schedule/timeZone`, wrong);
    return undefined;
  }
  try {
    const starts = readCron(cron, timeZone);
    if (starts.next(aDay) === undefined) report(`${pointer}/schedule/cron`, `"${cron}" never occurs`);
    return { cron, timeZone, starts };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    report(`${pointer}/schedule/cron`, `"${cron}" is not a schedule: ${why}`);
    return undefined;
  }
}

function readChoice(auto: TreeMap, pointer: string, report: AutoContext['report']): AutoChoice {
  const range = textOf(mapOf(auto, 'choose'), 'semver');
  if (range !== undefined) {
    const versions = readVersionRange(range);
    if (versions !== undefined) return { kind: 'semver', range, versions };
    report(`${pointer}/choose/semver`, `"${range}" is not a range of versions, such as ^1.4`);
  }
  return { kind: textOf(auto, 'choose') === 'newest' || range !== undefined ? 'newest' : 'served' };
}
