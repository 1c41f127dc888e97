// The moments of a schedule over a whole year, in which the clock changes twice, and over stops of the Hub.
import { describe, expect, it } from '@jest/globals';
import { readCron } from '../../../src/documents/project/cron-starts.ts';
import { momentsOf } from '../../../src/reconciler/auto/moments.ts';
import { seeded } from '../../../bench/simulation/random.ts';

const minute = 60_000;
const hour = 60 * minute;
const begin = Date.UTC(2026, 0, 1);
const end = Date.UTC(2027, 0, 1);

/** Looks as the Hub does, at uneven times; gives every moment that it dealt with. `isDown`: it does not run then. */
function walk(
  cron: string,
  { begin: from, end: until }: { readonly begin: number; readonly end: number },
  isDown: (at: number) => boolean = () => false,
): { readonly dealt: readonly number[]; readonly late: readonly number[] } {
  const starts = readCron(cron, 'Europe/Berlin');
  const random = seeded(21);
  const dealt: number[] = [];
  const late: number[] = [];
  let last = from - 1;
  for (let now = from; now < until; now += minute + Math.floor(random.uniform() * 15 * minute)) {
    if (isDown(now)) continue;
    const { due, next } = momentsOf(starts, last, now);
    if (next === undefined || next <= now) throw new Error(`${next} is no moment after ${now}`);
    if (due === undefined) continue;
    if (due <= last || due > now) throw new Error(`${due} is not in (${last}, ${now}]`);
    if (now - due > 20 * minute) late.push(due);
    dealt.push(due);
    last = due;
  }
  return { dealt, late };
}

describe('an hourly schedule', () => {
  it('has 8,760 moments in a year with both clock changes, none twice and none missed', () => {
    const { dealt, late } = walk('0 * * * *', { begin, end });
    expect(dealt).toHaveLength(8760);
    expect(new Set(dealt).size).toBe(8760);
    expect(dealt.every((at, i) => at === begin + i * hour)).toBe(true);
    expect(late).toEqual([]);
  });

  it('makes up once what was missed while the Hub was down', () => {
    const down = { from: Date.UTC(2026, 2, 29, 0, 30), until: Date.UTC(2026, 2, 30, 7, 30) };
    const march = { begin: Date.UTC(2026, 2, 28), end: Date.UTC(2026, 3, 1) };
    const { dealt, late } = walk('0 * * * *', march, (at) => at >= down.from && at < down.until);
    expect(late).toEqual([Date.UTC(2026, 2, 30, 7)]);
    // 31 moments came while it was down, and one of them is made up.
    expect(dealt).toHaveLength(4 * 24 - 30);
    expect(new Set(dealt).size).toBe(dealt.length);
  });
});

describe('a daily schedule at an hour that a clock change skips or repeats', () => {
  it.each(['30 2 * * *', '0 2 * * *', '0 3 * * *'])('runs %s once each day', (cron) => {
    const { dealt } = walk(cron, { begin, end });
    expect(dealt).toHaveLength(365);
    const days = dealt.map((at) => new Date(at).toLocaleDateString('en', { timeZone: 'Europe/Berlin' }));
    expect(new Set(days).size).toBe(365);
  });

  it('runs once where the skipped hour and the next one fall together', () => {
    const day = Date.UTC(2026, 2, 29);
    const { dealt } = walk('0 2,3 * * *', { begin: day - hour, end: day + 24 * hour });
    expect(dealt).toEqual([Date.UTC(2026, 2, 29, 1)]);
  });
});

describe('the clock of the machine', () => {
  const starts = readCron('0 * * * *', 'UTC');

  it('may be set back without a moment coming twice', () => {
    expect(momentsOf(starts, begin + hour, begin + hour - minute)).toEqual({
      due: undefined,
      next: begin + 2 * hour,
    });
  });

  it('may have been years ahead: the schedule goes on', () => {
    expect(momentsOf(starts, begin + 9000 * hour, begin + minute).next).toBe(begin + hour);
  });
});
