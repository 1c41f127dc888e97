// TRG001, a warning: a trigger that runs when the release writes was added, changed or removed since the cut, on the
// table or view itself or on one partition.
import type { TriggerBaseline } from '../../../model/contract.ts';
import type { Trigger } from '../../../model/relation.ts';
import { baselineRelations } from '../../facts/baseline.ts';
import { nameOf, type Draft, type Rule } from '../../check/check-context.ts';
import { digestsOfTrigger, digestTrigger, triggerEvents } from '../../facts/definitions.ts';
import { comparePartitions, sayOnPartitions, tellTogether } from '../../facts/partitions.ts';
import { writersOf, writesThrough, type Write } from '../../facts/writes/writes.ts';

export const findTriggerChanged: Rule = (context) =>
  baselineRelations(context).flatMap(({ baseline, relation }): Draft[] => {
    const writes = writesThrough(context, relation);
    const { triggers: live } = relation;
    const own = compare({ object: nameOf(relation), before: baseline.triggers, live }, writes);
    const partitions = comparePartitions(context.catalogue, baseline, relation).flatMap((one) =>
      compare({ object: one.object, before: one.before.triggers, live: one.triggers }, writes),
    );
    return [
      ...own.map(({ draft }) => draft),
      ...tellTogether(mergeEqual(partitions), `changes of triggers on partitions of ${nameOf(relation)}`),
    ];
  });

interface TriggerChange {
  readonly draft: Draft;
  /** The digest of the added, changed or removed trigger. */
  readonly digest: string;
}

interface TriggersOfObject {
  readonly object: string;
  readonly before: readonly TriggerBaseline[];
  readonly live: readonly Trigger[];
}

function compare({ object, before, live: all }: TriggersOfObject, writes: readonly Write[]): TriggerChange[] {
  const live = all.filter(({ enabled }) => enabled);
  const digests = new Set(live.flatMap(digestsOfTrigger));
  const changed = live.flatMap((trigger): TriggerChange[] => {
    const digest = digestTrigger(trigger);
    const known = digestsOfTrigger(trigger);
    if (before.some((one) => known.includes(one.digest))) return [];
    const hit = writersOf(writes.filter(({ kind }) => (trigger.events & triggerEvents[kind]) !== 0));
    if (hit.length === 0) return [];
    const isKnown = before.some(({ name }) => name === trigger.name);
    const actual = isKnown ? 'changed' : 'added';
    return [{ draft: toDraft(`${object}.${trigger.name}`, actual, hit), digest }];
  });
  const gone = before.flatMap(({ name, digest, instead }): TriggerChange[] => {
    const hit = writersOf(
      instead.length === 0 ? writes : writes.filter(({ kind }) => instead.includes(kind)),
    );
    if (digests.has(digest) || live.some((trigger) => trigger.name === name) || hit.length === 0) return [];
    const actual =
      instead.length === 0
        ? 'removed or disabled'
        : 'removed: PostgreSQL now writes directly to the table behind the view';
    return [{ draft: { ...toDraft(`${object}.${name}`, actual, hit), yieldsTo: isRefused(object) }, digest }];
  });
  return [...changed, ...gone];
}

/** PostgreSQL cannot write to the view at all. */
function isRefused(object: string): NonNullable<Draft['yieldsTo']> {
  return (other) => other.code === 'REL002' && other.severity !== 'info' && other.object === object;
}

/** The same change on many partitions is one finding, of the first. */
function mergeEqual(changes: readonly TriggerChange[]): Draft[] {
  const groups = new Map<string, Draft[]>();
  for (const { draft, digest } of changes) {
    const key = `${digest} ${draft.actual}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [draft]);
    else group.push(draft);
  }
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, actual: sayOnPartitions(first.actual, others.length) }],
  );
}

function toDraft(object: string, actual: string, operations: readonly string[]): Draft {
  return {
    code: 'TRG001',
    object,
    expected: 'the triggers of the cut',
    actual,
    operations,
    hint: 'Only running a trigger shows what it does. Cut a release against it, or accept the finding.',
  };
}
