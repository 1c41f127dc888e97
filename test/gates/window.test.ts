import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aGate, someFacts } from '../support/gates/some-facts.ts';

const hours = aGate('{ window: { allow: [{ cron: "0 9 * * 1-4", for: 8h }], timeZone: Europe/Berlin } }');
const at = (gate: typeof hours, time: string) => gate.evaluate(someFacts({ now: Date.parse(time) }));
const show = (gate: typeof hours, time: string) => {
  const { verdict, again } = at(gate, time);
  return [verdict, again === undefined ? undefined : new Date(again).toISOString()];
};

describe('window', () => {
  it('opens and closes to the millisecond', () => {
    expect(show(hours, '2026-11-25T07:59:59.999Z')).toEqual(['pending', '2026-11-25T08:00:00.000Z']);
    expect(show(hours, '2026-11-25T08:00:00Z')).toEqual(['pass', '2026-11-25T16:00:00.000Z']);
    expect(show(hours, '2026-11-25T15:59:59.999Z')).toEqual(['pass', '2026-11-25T16:00:00.000Z']);
    expect(show(hours, '2026-11-25T16:00:00Z')).toEqual(['pending', '2026-11-26T08:00:00.000Z']);
    expect(at(hours, '2026-11-25T16:00:00Z').sentence).toBe(
      'The window is closed; it opens at 2026-11-26T08:00:00Z.',
    );
  });

  it('keeps the wall clock over both clock changes', () => {
    // Friday before the last Sunday of March and of October: Monday opens an hour earlier, an hour later by UTC.
    expect(show(hours, '2026-03-27T12:00:00Z')).toEqual(['pending', '2026-03-30T07:00:00.000Z']);
    expect(show(hours, '2026-03-26T07:00:00Z')).toEqual(['pending', '2026-03-26T08:00:00.000Z']);
    expect(show(hours, '2026-10-23T12:00:00Z')).toEqual(['pending', '2026-10-26T08:00:00.000Z']);
    expect(show(hours, '2026-10-22T06:59:00Z')).toEqual(['pending', '2026-10-22T07:00:00.000Z']);
  });

  const nights = aGate('{ window: { allow: [{ cron: "30 2 * * *", for: 2h }], timeZone: Europe/Berlin } }');
  it('opens after the gap where its start is skipped, and once where it is repeated', () => {
    expect(show(nights, '2026-03-29T00:59:00Z')).toEqual(['pending', '2026-03-29T01:00:00.000Z']);
    expect(show(nights, '2026-03-29T01:00:00Z')).toEqual(['pass', '2026-03-29T03:00:00.000Z']);
    expect(show(nights, '2026-10-25T00:29:00Z')).toEqual(['pending', '2026-10-25T00:30:00.000Z']);
    expect(show(nights, '2026-10-25T01:30:00Z')).toEqual(['pass', '2026-10-25T02:30:00.000Z']);
    expect(show(nights, '2026-10-25T02:30:00Z')).toEqual(['pending', '2026-10-26T01:30:00.000Z']);
  });

  it('lets a denial win, and says when both are out of the way', () => {
    const gate = aGate(
      '{ window: { allow: [{ cron: "0 9 * * *", for: 8h }], deny: [{ cron: "0 8 25 11 *", for: 26h }], timeZone: UTC } }',
    );
    expect(show(gate, '2026-11-24T09:00:00Z')).toEqual(['pass', '2026-11-24T17:00:00.000Z']);
    expect(show(gate, '2026-11-25T09:00:00Z')).toEqual(['pending', '2026-11-26T10:00:00.000Z']);
  });

  it('is open where nothing but denials stand and none holds', () => {
    const gate = aGate('{ window: { deny: [{ cron: "0 0 24 12 *", for: 10d }] } }');
    expect(show(gate, '2026-11-25T09:00:00Z')).toEqual(['pass', '2026-12-24T00:00:00.000Z']);
    expect(show(gate, '2026-12-30T09:00:00Z')).toEqual(['pending', '2027-01-03T00:00:00.000Z']);
  });

  it('joins openings that meet', () => {
    const gate = aGate(
      '{ window: { allow: [{ cron: "0 9 * * *", for: 4h }, { cron: "0 13 * * *", for: 1h }] } }',
    );
    expect(show(gate, '2026-11-25T10:00:00Z')).toEqual(['pass', '2026-11-25T14:00:00.000Z']);
  });

  it('says so where it never opens, and looks again where it never closes', () => {
    const never = aGate('{ window: { allow: [{ cron: "0 0 30 2 *", for: 1h }] } }');
    expect(at(never, '2026-11-25T10:00:00Z')).toMatchObject({ verdict: 'pending', again: undefined });
    const always = aGate('{ window: { allow: [{ cron: "* * * * *", for: 1h }] } }');
    const { verdict, again } = at(always, '2026-11-25T10:00:00Z');
    expect([verdict, (again ?? 0) > Date.parse('2026-11-25T10:00:00Z')]).toEqual(['pass', true]);
  });

  it('gives the same answer at every moment until the one that it names, and another at that one', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
    const window = fc.record({
      zone: fc.constantFrom(...zones),
      minuteOfHour: fc.integer({ min: 0, max: 59 }),
      hourOfDay: fc.integer({ min: 0, max: 23 }),
      length: fc.integer({ min: 1, max: 30 * 60 }),
      time: fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) }),
      part: fc.double({ min: 0, max: 0.999, noNaN: true }),
    });
    fc.assert(
      fc.property(window, ({ zone, minuteOfHour, hourOfDay, length, time, part }) => {
        const gate = aGate(
          `{ window: { allow: [{ cron: "${minuteOfHour} ${hourOfDay} * * *", for: ${length}m }], timeZone: ${zone} } }`,
        );
        const first = gate.evaluate(someFacts({ now: time }));
        const again = first.again ?? time;
        expect(again).toBeGreaterThan(time);
        const between = gate.evaluate(someFacts({ now: Math.floor(time + (again - time) * part) }));
        expect(between.verdict).toBe(first.verdict);
        // A window of a day or more never closes: then it is only looked at again.
        if (length < 22 * 60)
          expect(gate.evaluate(someFacts({ now: again })).verdict).not.toBe(first.verdict);
      }),
      { numRuns: 200 },
    );
  });
});
