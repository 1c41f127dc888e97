import { afterAll, describe, expect, it } from '@jest/globals';
import { checkHeld } from '../../src/compatibility/check/check-release.ts';
import { checkMatrix } from '../../src/compatibility/check/rollback-matrix.ts';
import { defaultLimits } from '../../src/documents/project/parse-project.ts';
import { CountedDatabase } from '../../src/reconciler/counted-database.ts';
import { DatabaseHandles, type OpenDatabase } from '../../src/reconciler/database-handles.ts';
import { createLimiter } from '../../src/kernel/limiter.ts';
import { backOff, timing } from '../../src/reconciler/status/timing.ts';
import { openPostgresAt } from '../support/databases/database.ts';
import {
  dropRigDatabases,
  freshRigDatabases,
  type RigDatabases,
} from '../support/reconciler/rig-databases.ts';

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
  afterAll(dropRigDatabases);

  const request = {
    statement: { name: 'stk_parts', text: 'select id from customers', mode: 'read' },
    values: [],
    claims: undefined,
    wants: 'rows',
    maxRows: 1,
  } as const;

  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const settings = {
    name: 'prod',
    database: { kind: 'server', urlFrom: 'PROD_DATABASE_URL', schema: 'public', role: undefined },
    compatibility: 'normal',
    onDrift: 'warn',
    accept: [],
    migrationLock: undefined,
    migrations: undefined,
    files: undefined,
    smoke: [],
    onSmokeFailure: 'rollback',
    lastKnownGood: { for: 600_000, tags: [] },
  } as const;

  const openHandles = (open: OpenDatabase): DatabaseHandles =>
    new DatabaseHandles({ clock, log, check: checkHeld, checkMatrix, open });

  async function aDatabase(): Promise<{ databases: RigDatabases; counted: CountedDatabase }> {
    const databases = await freshRigDatabases();
    const url = databases.variables['PROD_DATABASE_URL'] ?? '';
    const counted = new CountedDatabase({
      engine: 'postgres',
      description: 'the database of prod',
      open: async () => {
        const limits = { statement: 60_000, lock: 60_000, pool: 2 };
        const database = openPostgresAt(url, { limits });
        await database.ping();
        return database;
      },
    });
    return { databases, counted };
  }

  it('is unavailable to calls while it cannot be opened, and answers once it can', async () => {
    const { databases, counted } = await aDatabase();
    await databases.cut('prod');
    await expect(counted.ready()).rejects.toMatchObject({ code: 'database-unavailable' });
    expect(await counted.execute(request)).toMatchObject({ kind: 'unavailable' });
    await databases.restore('prod');
    await counted.ready();
    expect(await counted.execute(request)).toMatchObject({ kind: 'done', count: 1 });
    await counted.close();
  });

  it('is idle only when the calls in it have ended', async () => {
    const { databases, counted } = await aDatabase();
    await counted.ready();
    const release = await databases.lock('prod');
    const ended: string[] = [];
    const call = counted.execute(request).then(({ kind }) => ended.push(kind));
    const idle = counted.idle().then(() => ended.push('idle'));
    expect(await databases.sql('prod', 'select 1 as one')).toEqual([{ one: '1' }]);
    expect(ended).toEqual([]);
    await release();
    await Promise.all([call, idle]);
    expect(ended.toSorted()).toEqual(['done', 'idle']);
    await counted.close();
  });

  it('that was replaced keeps no Hub from stopping, whatever still runs in it', async () => {
    const databases = await freshRigDatabases();
    const url = databases.variables['PROD_DATABASE_URL'] ?? '';
    const handles = openHandles(async ({ limits }) => openPostgresAt(url, { limits }));
    const patient = { ...defaultLimits, statement: 60_000, lock: 60_000 };
    const { database } = handles.acquire(settings, patient, () => Promise.reject(new Error('no init')));
    await database.ready();
    const release = await databases.lock('prod');
    const call = database.execute(request);
    handles.retireOthers('prod', []);
    await databases.sql('prod', 'select 1');
    await handles.close();
    expect(await call).toMatchObject({ kind: 'unavailable' });
    await release();
  });

  it('is looked at by two other processes at once, and all on servers by four', async () => {
    const { variables } = await freshRigDatabases();
    const url = variables['PROD_DATABASE_URL'] ?? '';
    const handles = openHandles(async ({ limits }) => openPostgresAt(url, { limits }));
    const running: string[] = [];
    const waiting: (() => void)[] = [];
    const look = (urlFrom: string): Promise<unknown> => {
      const database = { ...settings.database, urlFrom };
      const handle = handles.acquire({ ...settings, name: urlFrom, database }, defaultLimits, undefined);
      return handle.checkElsewhere(async ({ address }) => {
        expect(address.url).toBe(url);
        running.push(urlFrom);
        await new Promise<void>((resolve) => waiting.push(resolve));
        running.splice(running.indexOf(urlFrom), 1);
      });
    };
    const looks = ['A', 'A', 'A', 'B', 'B', 'B', 'C'].map(look);
    while (running.length < 4) await new Promise((resolve) => setImmediate(resolve));
    expect(running.toSorted()).toEqual(['A', 'A', 'B', 'B']);
    waiting.shift()?.();
    while (running.length < 4) await new Promise((resolve) => setImmediate(resolve));
    expect(running).toHaveLength(4);
    const over = new AbortController();
    const all = Promise.all(looks).then(() => over.abort());
    while (!over.signal.aborted) {
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
      expect(running.length).toBeLessThanOrEqual(4);
    }
    await all;
    await handles.close();
  });

  it('is made from the files of whoever has them, although it was first asked for without any', async () => {
    const databases = await freshRigDatabases();
    const url = databases.variables['PROD_DATABASE_URL'] ?? '';
    const files: string[] = [];
    const handles = openHandles(async ({ limits, readFile }) => {
      files.push(await readFile('base.sql'));
      return openPostgresAt(url, { limits });
    });
    const first = handles.acquire(settings, defaultLimits, undefined);
    await expect(first.database.ready()).rejects.toThrow('base.sql cannot be read');
    const second = handles.acquire(settings, defaultLimits, (path) => Promise.resolve(`text of ${path}`));
    expect(second).toBe(first);
    handles.acquire(settings, defaultLimits, undefined);
    await second.database.ready();
    expect(files).toEqual(['text of base.sql']);
    await handles.close();
  });

  it('tells when a call finds it away', async () => {
    const { databases, counted } = await aDatabase();
    await counted.ready();
    let told = 0;
    counted.whenUnavailable('prod', () => (told += 1));
    await counted.execute(request);
    expect(told).toBe(0);
    await databases.cut('prod');
    expect(await counted.execute(request)).toMatchObject({ kind: 'unavailable' });
    expect(told).toBe(1);
    await counted.close();
  });
});
