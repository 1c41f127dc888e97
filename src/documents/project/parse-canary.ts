// Parses what stk.yaml says about a canary: `of`, its weights, and how a caller stays on one release. parse-analysis.ts
// parses its analysis.
import { pointerTo, type TreeMap } from '../yaml/document-tree.ts';
import { readDuration } from './judge-people.ts';
import { buildAnalysis, type AnalysisContext } from './parse-analysis.ts';
import type { BakeSettings, CanarySettings, Sticky, WeightStep } from '../../model/pipeline/canary.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import { child, itemsOf, mapOf, numberOf, textOf } from '../yaml/tree-reader.ts';

type Say = (pointer: string, message: string) => void;

type CanaryContext = Omit<AnalysisContext, 'lastStepMs'>;

const defaultWeight = 10;
/** Keys that only have a meaning beside `of`. */
const canaryKeys = ['weight', 'steps', 'sticky', 'analysis'];
/** Keys that an environment with `of` shares with the other one, so they must not be repeated here. */
const sharedKeys: ReadonlyMap<string, string> = new Map([
  ['migrationLock', 'it uses the same database'],
  ['hub', 'the same Hub serves it'],
  ['hubs', 'the same Hubs serve it'],
]);

/** The environment that `of` names; `undefined` when it is absent or names no environment with settings to share. */
export function sharedWith(name: string, environments: ReadonlyMap<string, TreeMap>): string | undefined {
  const of = textOf(environments.get(name), 'of');
  const other = of === undefined || of === name ? undefined : environments.get(of);
  return other === undefined || other.entries.has('of') ? undefined : of;
}

/** Reports problems with `of` in all environments, and with keys that need it or exclude it. */
export function judgeShared(environments: ReadonlyMap<string, TreeMap>, report: Say): void {
  const first = new Map<string, string>();
  for (const [name, node] of environments) {
    const pointer = pointerTo('/environments', name);
    const of = textOf(node, 'of');
    if (of === undefined) {
      for (const key of canaryKeys.filter((one) => node.entries.has(one)))
        report(pointerTo(pointer, key), `"${key}" belongs to an environment with "of"`);
      continue;
    }
    const at = `${pointer}/of`;
    const other = environments.get(of);
    const before = first.get(of);
    if (other === undefined) report(at, `there is no environment "${of}"${suggest(of, environments.keys())}`);
    else if (of === name) report(at, `"${name}" cannot be a canary of itself: name another environment`);
    else if (other.entries.has('of'))
      report(at, `"${of}" has "of" itself: name the environment with the database`);
    else if (before !== undefined)
      report(at, `"${before}" is of ${of} already: an environment has one canary at most`);
    first.set(of, before ?? name);
    for (const [key, why] of sharedKeys)
      if (node.entries.has(key))
        report(pointerTo(pointer, key), `"${key}" is set by ${of}, because ${why}: remove it here`);
  }
}

/** `undefined` when the environment has no `of`. */
export function readCanary(node: TreeMap, context: CanaryContext): CanarySettings | undefined {
  const of = textOf(node, 'of');
  if (of === undefined) return undefined;
  const steps = readSteps(node, context);
  const analysis = child(node, 'analysis') === undefined ? undefined : mapOf(node, 'analysis');
  const written = itemsOf(node, 'steps').length > 0 ? steps.at(-1)?.forMs : undefined;
  return {
    of,
    steps,
    sticky: readSticky(node),
    analysis: analysis && buildAnalysis(analysis, { ...context, lastStepMs: written || undefined }),
  };
}

export function readBake(node: TreeMap, pointer: string, report: Say): BakeSettings | undefined {
  const bake = mapOf(node, 'bake');
  if (bake === undefined) return undefined;
  const forMs = readDuration(bake, 'for', { pointer: `${pointer}/bake/for`, report, most: '7d' });
  const onBreach = textOf(bake, 'onBreach') === 'rollback' ? 'rollback' : 'alert';
  return { forMs: forMs ?? 15 * 60_000, onBreach };
}

function readSteps(node: TreeMap, { pointer, report }: CanaryContext): WeightStep[] {
  const items = itemsOf(node, 'steps');
  if (child(node, 'steps') === undefined)
    return [{ weight: numberOf(node, 'weight') ?? defaultWeight, forMs: 0 }];
  if (node.entries.has('weight'))
    report(`${pointer}/weight`, '"weight" and "steps" exclude each other: a single weight is one step');
  const steps: WeightStep[] = [];
  for (const [i, item] of items.entries()) {
    if (item.kind !== 'map') continue;
    const at = `${pointer}/steps/${i}`;
    const weight = numberOf(item, 'weight') ?? 0;
    const before = steps.at(-1)?.weight ?? -1;
    if (weight <= before)
      report(
        `${at}/weight`,
        `${weight} follows ${before}: each step has a larger weight than the one before`,
      );
    const forMs = readDuration(item, 'for', { pointer: `${at}/for`, report, most: '30d' });
    if (forMs === undefined && child(item, 'for') === undefined && i < items.length - 1)
      report(at, '"for" is missing: only the last step needs none, because the analysis ends it');
    steps.push({ weight, forMs: forMs ?? 0 });
  }
  return steps;
}

function readSticky(node: TreeMap): Sticky {
  const header = textOf(mapOf(node, 'sticky'), 'header');
  if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
  return { kind: textOf(node, 'sticky') === 'none' ? 'none' : 'subject' };
}
