// Parses `triggers` of an environment. Absent keys get their defaults.
import { parsePoints } from '../../kernel/units.ts';
import { type Trigger, triggerActions, type TriggerTest } from '../../model/pipeline/trigger.ts';
import { readDuration } from './judge-people.ts';
import { judgePrometheus } from './judge-place.ts';
import { pointerTo, type TreeMap } from '../yaml/document-tree.ts';
import { child, mapOf, mapsIn, numberOf, textOf, textsOf } from '../yaml/tree-reader.ts';

type Say = (pointer: string, message: string) => void;

const minute = 60_000;
const defaultWithin = 120 * minute;
/** Keys beside the kind → the kinds that they belong to. */
const keysOfKinds: ReadonlyMap<string, readonly string[]> = new Map([
  ['every', ['smoke', 'files']],
  ['failingFor', ['smoke']],
]);

/** `pointer`: to the environment. */
export function readTriggers(node: TreeMap, pointer: string, report: Say): readonly Trigger[] {
  if (child(node, 'triggers') === undefined) return [];
  if (node.entries.has('of'))
    report(
      `${pointer}/triggers`,
      `"triggers" belong to ${textOf(node, 'of') ?? 'the other environment'}: its analysis watches a canary`,
    );
  return mapsIn(mapOf(node, 'triggers')).flatMap(([name, entry]): Trigger[] => {
    const at = pointerTo(`${pointer}/triggers`, name);
    judgeKeys(entry, at, report);
    if (entry.entries.has('files') && !node.entries.has('files'))
      report(
        `${at}/files`,
        '"files" needs the key "files" of the environment, such as { root: /srv/app/data }',
      );
    const test = readTest(entry, at, report);
    if (test === undefined) return [];
    const action = textOf(entry, 'do');
    return [
      {
        name,
        test,
        do: triggerActions.find((one) => one === action) ?? 'alert',
        withinMs:
          readDuration(entry, 'within', { pointer: `${at}/within`, report, least: '1m', most: '30d' }) ??
          defaultWithin,
      },
    ];
  });
}

function judgeKeys(entry: TreeMap, at: string, report: Say): void {
  for (const [key, kinds] of keysOfKinds)
    if (entry.entries.has(key) && !kinds.some((kind) => entry.entries.has(kind)))
      report(pointerTo(at, key), `"${key}" belongs to a trigger with ${quoted(kinds)}`);
  if (entry.entries.has('within') && textOf(entry, 'do') !== 'rollback')
    report(`${at}/within`, '"within" belongs to a trigger with "do: rollback"');
}

function readTest(entry: TreeMap, at: string, report: Say): TriggerTest | undefined {
  const duration = (map: TreeMap | undefined, key: string, under: string, otherwise: number): number =>
    readDuration(map, key, { pointer: `${at}${under}/${key}`, report, least: '10s', most: '1d' }) ??
    otherwise;
  if (entry.entries.has('unhealthyFor'))
    return { kind: 'health', forMs: duration(entry, 'unhealthyFor', '', 5 * minute) };
  if (entry.entries.has('smoke'))
    return {
      kind: 'smoke',
      everyMs: duration(entry, 'every', '', minute),
      forMs: duration(entry, 'failingFor', '', 5 * minute),
    };
  if (entry.entries.has('files')) return { kind: 'files', everyMs: duration(entry, 'every', '', 5 * minute) };
  if (entry.entries.has('errors')) return readErrors(mapOf(entry, 'errors'), `${at}/errors`, report);
  const integrity = mapOf(entry, 'integrity');
  if (integrity !== undefined) {
    const expect = child(integrity, 'expect');
    const sql = textOf(integrity, 'sql') ?? '';
    if (!/^\s*(select|with)\b/i.test(sql))
      report(`${at}/integrity/sql`, 'expected a SELECT that gives one value: nothing else is allowed');
    return {
      kind: 'integrity',
      sql,
      expect: expect?.kind === 'scalar' ? expect.value : null,
      everyMs: duration(integrity, 'every', '/integrity', 5 * minute),
    };
  }
  const prometheus = mapOf(entry, 'prometheus');
  if (prometheus === undefined) return undefined;
  const url = textOf(prometheus, 'url') ?? '';
  judgePrometheus(url, `${at}/prometheus/url`, report);
  return {
    kind: 'prometheus',
    url,
    query: textOf(prometheus, 'query') ?? '',
    above: numberOf(prometheus, 'above') ?? 0,
    forMs: duration(prometheus, 'for', '/prometheus', 5 * minute),
  };
}

function readErrors(node: TreeMap | undefined, at: string, report: Say): TriggerTest {
  const written = textOf(node, 'increase');
  const increase = written === undefined ? undefined : parsePoints(written);
  if (increase !== undefined && (increase <= 0 || increase > 1))
    report(`${at}/increase`, `${written} is out of bounds: expected more than 0pp and at most 100pp`);
  const operations = textsOf(node, 'operations');
  return {
    kind: 'errors',
    operations: operations.length === 0 ? ['*'] : operations,
    increase: increase ?? 0.01,
  };
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(' or ');
}
