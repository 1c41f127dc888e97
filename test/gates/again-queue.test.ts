import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AgainQueue } from '../../src/gates/again-queue.ts';

describe('AgainQueue', () => {
  it('names what is due in order, once, at the last moment that was set', () => {
    const queue = new AgainQueue();
    queue.set('prod', 30);
    queue.set('dev', 20);
    queue.set('eu', 10);
    queue.set('prod', 5);
    queue.set('eu', undefined);
    expect(queue.next()).toBe(5);
    expect(queue.due(4)).toEqual([]);
    expect(queue.due(30)).toEqual(['prod', 'dev']);
    expect(queue.next()).toBeUndefined();
  });

  it('behaves like a sorted list', () => {
    const step = fc.oneof(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        at: fc.option(fc.nat(50), { nil: undefined }),
      }),
      fc.record({ until: fc.nat(50) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new AgainQueue();
        const moments = new Map<string, number>();
        for (const one of steps) {
          if ('until' in one) {
            const due = [...moments].filter(([, at]) => at <= one.until);
            expect(queue.due(one.until).toSorted()).toEqual(due.map(([name]) => name).toSorted());
            for (const [name] of due) moments.delete(name);
          } else {
            queue.set(one.name, one.at);
            if (one.at === undefined) moments.delete(one.name);
            else moments.set(one.name, one.at);
          }
          expect(queue.next()).toBe(moments.size === 0 ? undefined : Math.min(...moments.values()));
        }
      }),
    );
  });
});
