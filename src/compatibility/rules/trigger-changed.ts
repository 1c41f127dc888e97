// TRG001, a warning: a trigger that runs when the release writes was added, changed or removed since the cut.
import { baselineRelations } from '../baseline.ts';
import { nameOf, type Draft, type Rule } from '../check-context.ts';
import { digestTrigger } from '../definitions.ts';
import { writersOf, writesOn } from '../writes.ts';

const events = { insert: 4, delete: 8, update: 16 } as const;

export const findTriggerChanged: Rule = (context) =>
  baselineRelations(context).flatMap(({ baseline, relation }): Draft[] => {
    const writes = writesOn(context, relation);
    const live = relation.triggers.filter(({ enabled }) => enabled);
    const digests = new Set(live.map(digestTrigger));
    const toDraft = (name: string, actual: string, operations: readonly string[]): Draft => ({
      code: 'TRG001',
      object: `${nameOf(relation)}.${name}`,
      expected: 'the triggers that were there at the cut',
      actual,
      operations,
      hint: 'What a trigger does cannot be told without running it. Cut a release against it, or accept the finding.',
    });
    const changed = live.flatMap((trigger): Draft[] => {
      if (baseline.triggers.some(({ digest }) => digest === digestTrigger(trigger))) return [];
      const hit = writersOf(writes.filter(({ kind }) => (trigger.events & events[kind]) !== 0));
      const isKnown = baseline.triggers.some(({ name }) => name === trigger.name);
      return hit.length === 0
        ? []
        : [toDraft(trigger.name, isKnown ? 'it does something else' : 'it was added', hit)];
    });
    const gone = baseline.triggers.flatMap(({ name, digest }): Draft[] => {
      const hit = writersOf(writes);
      if (digests.has(digest) || live.some((trigger) => trigger.name === name) || hit.length === 0) return [];
      return [toDraft(name, 'it is gone or disabled', hit)];
    });
    return [...changed, ...gone];
  });
