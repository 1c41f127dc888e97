// What the gate `healthy` rests on: the time by events, the calls by the Hub's counters or by Prometheus.
import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { healthyTime, type LastKnown } from '../../../src/reconciler/admission/facts/healthy-time.ts';
import { readCalls } from '../../../src/reconciler/admission/facts/health-facts.ts';
import { CallRecords } from '../../../src/reconciler/state/call-records.ts';
import { HealthNotes } from '../../../src/reconciler/state/health-notes.ts';
import { CallTally } from '../../../src/serving/call-tally.ts';

const hour = 3_600_000;
const now = Date.UTC(2026, 10, 25, 12);
const from = now - 24 * hour;
const steady: LastKnown = { isHealthy: true, interruption: undefined };

let folder: string | undefined;
const aFolder = async (): Promise<string> => (folder = await mkdtemp(join(tmpdir(), 'stk-healthy-')));
afterEach(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  folder = undefined;
});

describe('the time that an environment was healthy', () => {
  const event = (word: 'activated' | 'healthy' | 'unhealthy', hoursAgo: number) => {
    const at = now - hoursAgo * hour;
    return word === 'activated' ? { event: word, at } : { event: word, at: at + 30_000, since: at };
  };
  const activated = event('activated', 100);
  const hoursOf = (events: Parameters<typeof healthyTime>[0], lastKnown = steady): number =>
    healthyTime(events, { from, now, lastKnown }).healthyMs / hour;

  it('is all of it without an interruption, whatever was served', () => {
    expect(hoursOf([activated])).toBe(24);
    expect(hoursOf([activated, event('activated', 5), event('activated', 3)])).toBe(24);
    expect(healthyTime([], { from, now, lastKnown: steady })).toEqual({ since: undefined, healthyMs: 0 });
    expect(healthyTime([event('activated', 6)], { from, now, lastKnown: steady })).toEqual({
      since: now - 6 * hour,
      healthyMs: 6 * hour,
    });
  });

  it('is less by each interruption, to the end where it goes on, and once where two tell of it', () => {
    const twice = [event('unhealthy', 30), event('healthy', 23), event('unhealthy', 4), event('healthy', 2)];
    expect(hoursOf([activated, ...twice])).toBe(21);
    expect(hoursOf([...twice.toReversed(), activated])).toBe(21);
    expect(hoursOf([activated, event('unhealthy', 4)], { ...steady, isHealthy: false })).toBe(20);
    expect(hoursOf([activated, event('unhealthy', 4), event('activated', 1)])).toBe(21);
    const noted = { from: now - 4 * hour, until: now - hour };
    expect(hoursOf([activated], { isHealthy: true, interruption: noted })).toBe(21);
    expect(hoursOf([activated, event('unhealthy', 4)], { isHealthy: true, interruption: noted })).toBe(21);
    expect(hoursOf([activated, ...twice], { isHealthy: true, interruption: noted })).toBe(20);
    const open = { from: now - hour, until: undefined };
    expect(hoursOf([activated], { isHealthy: false, interruption: open })).toBe(23);
  });
});

describe('notes of health', () => {
  const content = { release: 'v1', digest: 'd' };

  it('tell after a restart that the Hub was down meanwhile', async () => {
    const path = join(await aFolder(), 'health.json');
    const before = new HealthNotes(path);
    before.note('dev', content, { isHealthy: true, now: from });
    before.note('dev', content, { isHealthy: true, now: from + 10_000 });
    await before.write();
    const notes = new HealthNotes(path);
    await notes.load();
    expect(notes.interruption('dev')).toBeUndefined();
    expect(notes.note('dev', undefined, { isHealthy: false, now })).toEqual([]);
    expect(notes.interruption('dev')).toEqual({ from: from + 10_000, until: undefined });
    expect(notes.note('dev', content, { isHealthy: true, now: now + 10_000 })).toMatchObject([
      { word: 'unhealthy', since: from + 10_000 },
      { word: 'healthy', since: now + 10_000 },
    ]);
    expect(notes.interruption('dev')).toEqual({ from: from + 10_000, until: now + 10_000 });
  });

  it('tell an interruption once', () => {
    const notes = new HealthNotes('unused');
    notes.note('dev', content, { isHealthy: true, now });
    expect(notes.note('dev', content, { isHealthy: false, now: now + 40_000 })).toMatchObject([
      { word: 'unhealthy', since: now },
    ]);
    expect(notes.note('dev', content, { isHealthy: true, now: now + 90_000 })).toMatchObject([
      { word: 'healthy', since: now + 90_000 },
    ]);
  });
});

describe('the record of calls', () => {
  it('keeps counts over a restart, as far back as a gate looks, and begins anew after a long stop', async () => {
    const directory = await aFolder();
    const open = async () => {
      const tally = new CallTally();
      const records = new CallRecords(directory, tally);
      expect(await records.configure(new Map([['next', 2 * hour]]))).toEqual([]);
      return { tally, records };
    };
    let { tally, records } = await open();
    expect(tally.of('stable')).toBeUndefined();
    const call = (end: 'ok' | 'error', ms: number): void => tally.of('next')?.add({ end, ms, group: 0 });
    for (let n = 0; n < 19; n += 1) call('ok', 40);
    call('error', 70_000);
    records.note('next', now);
    await records.write(now, true);
    ({ tally, records } = await open());
    call('ok', 40);
    records.note('next', now + 60_000);
    const counted = records.of('next', now - hour);
    expect(counted).toMatchObject({ since: now, calls: 21, errors: 1 });
    expect([...(counted?.latency.values() ?? [])]).toEqual([20, 1]);
    // Nothing older than the gate looks stays, and a minute's stop more or less ends nothing.
    for (let minutes = 1; minutes <= 150; minutes += 9) records.note('next', now + minutes * 60_000);
    expect(records.of('next', now)).toMatchObject({ since: now, calls: 0 });
    const later = now + 400 * 60_000;
    records.note('next', later);
    expect(records.of('next', now)).toMatchObject({ since: later });
    await writeFile(join(directory, 'next.json'), '{"since":1');
    ({ records } = await open());
    expect(records.of('next', now)).toBeUndefined();
    await records.configure(new Map());
    expect(await readFile(join(directory, 'next.json'), 'utf8')).toBe('{"since":1');
  });
});

describe('a Prometheus server', () => {
  it('tells calls, failures and the duration, and since when', async () => {
    const asked: string[] = [];
    let values: readonly string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const query = new URLSearchParams(body).get('query') ?? '';
        asked.push(query);
        const order = [
          'min(',
          'sum(increase(stk_call_duration_seconds_count{environment="next"}',
          'code=~',
          'hist',
        ];
        const value = values[order.findLastIndex((part) => query.includes(part))];
        const result = value === undefined ? [] : [{ metric: {}, value: [now / 1000, value] }];
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const question = {
      environment: 'next',
      forMs: 24 * hour,
      hasCalls: true,
      quantile: 0.95,
      prometheus: `http://127.0.0.1:${port}`,
    };
    const ask = () => readCalls({ calls: { of: () => undefined }, now }, question, from);
    try {
      values = [String(from / 1000 + 200), '12000.4', '3', '1.25'];
      expect(await ask()).toEqual({ since: from, calls: { calls: 12_000, errors: 3, quantileMs: 1250 } });
      expect(asked.join('\n')).toContain(
        'increase(stk_call_duration_seconds_count{environment="next"}[86400s])',
      );
      values = [String(now / 1000 - 3600), '12', 'NaN', '60'];
      expect(await ask()).toEqual({
        since: now - hour,
        calls: { calls: 12, errors: 0, quantileMs: Infinity },
      });
      values = [];
      await expect(ask()).rejects.toThrow('Prometheus has no sample of next');
    } finally {
      server.close();
    }
  });
});
