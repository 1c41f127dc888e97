import { describe, expect, it } from '@jest/globals';
import { CountedDatabase } from '../../src/reconciler/counted-database.ts';
import { createLimiter } from '../../src/reconciler/limiter.ts';
import { backOff, timing } from '../../src/reconciler/timing.ts';
import { StkError } from '../../src/model/errors.ts';
import type { Database, ExecuteOutcome } from '../../src/database/database.ts';

const clock = { now: () => 0, random: () => 0.5, sleep: async () => undefined };

describe('the back-off', () => {
  it('doubles up to its cap', () => {
    const waits = [1, 2, 3, 40].map((failures) => backOff(failures, clock));
    expect(waits).toEqual([
      timing.backOffFirst,
      timing.backOffFirst * 2,
      timing.backOffFirst * 4,
      timing.backOffMost,
    ]);
  });
});

describe('a limiter', () => {
  it('runs so many at once, in order, and goes on after a failure', async () => {
    const limit = createLimiter(1);
    const seen: string[] = [];
    const failing = limit(async () => {
      seen.push('first');
      throw new Error('no');
    });
    const second = limit(async () => void seen.push('second'));
    await expect(failing).rejects.toThrow('no');
    await second;
    expect(seen).toEqual(['first', 'second']);
  });
});

describe('a counted database', () => {
  const request = {
    statement: { name: 's', text: 'select 1', mode: 'read' },
    values: [],
    claims: undefined,
    wants: 'rows',
    maxRows: 1,
  } as const;
  const done: ExecuteOutcome = { kind: 'done', rows: [], count: 0 };

  function aDatabase(execute: Database['execute']): Database {
    const nothing = async (): Promise<void> => undefined;
    const inspect = async (): Promise<never> => Promise.reject(new Error('not asked here'));
    return {
      engine: 'postgres',
      description: 'd',
      execute,
      inspect,
      recycle: () => undefined,
      ping: nothing,
      close: nothing,
    };
  }

  it('is unavailable to calls while it cannot be opened, and answers once it can', async () => {
    let isAway = true;
    const database = new CountedDatabase({
      engine: 'postgres',
      description: 'd',
      open: async () => {
        if (isAway) throw new StkError('database-unavailable', 'no connection');
        return aDatabase(async () => done);
      },
    });
    await expect(database.ready()).rejects.toMatchObject({ code: 'database-unavailable' });
    expect(await database.execute(request)).toMatchObject({ kind: 'unavailable' });
    isAway = false;
    await database.ready();
    expect(await database.execute(request)).toEqual(done);
  });

  it('is idle only when the calls in it have ended', async () => {
    let finish: (outcome: ExecuteOutcome) => void = () => undefined;
    const running = new Promise<ExecuteOutcome>((resolve) => (finish = resolve));
    const database = new CountedDatabase({
      engine: 'postgres',
      description: 'd',
      open: async () => aDatabase(() => running),
    });
    await database.ready();
    let isIdle = false;
    const call = database.execute(request);
    const idle = database.idle().then(() => (isIdle = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isIdle).toBe(false);
    finish(done);
    await Promise.all([call, idle]);
    await database.idle();
  });
});
