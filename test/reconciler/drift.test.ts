import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { executeCall } from '../../src/serving/execute-call.ts';
import type { CallOutcome } from '../../src/serving/call-outcome.ts';
import type { Json } from '../../src/kernel/json.ts';
import {
  closeRigCompiler,
  createRig,
  removeRigs,
  type Rig,
  type RigOptions,
} from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../support/reconciler/rig-databases.ts';
import { aPointer, aProject, aQuery } from '../support/documents/release.ts';
import { aCustomerRelease, aRigProject, aRigRepo, patient } from '../support/reconciler/rig-repo.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const rename = {
  mode: 'write',
  input: {
    type: 'object',
    properties: { id: { type: 'integer' }, email: { type: 'string' } },
    required: ['id', 'email'],
    additionalProperties: false,
  },
  sql: 'update customers set email = :email where id = :id returning id',
  returns: 'one',
};
const operations = {
  'customers.get': aQuery(),
  'customers.all': aQuery({ sql: 'select * from customers where id = :id' }),
  'customers.rename': rename,
};
const files = (onDrift: string): Record<string, string> =>
  aRigRepo({
    'stk.yaml': aRigProject({
      // A statement that holds its lock for long makes calls wait, which is not what this is about.
      ...patient,
      environments: {
        dev: { database: rigDatabase('dev') },
        prod: { database: rigDatabase('prod'), onDrift },
      },
    }),
    'environments/prod.yaml': aPointer('v2'),
    'releases/v2.yaml': aCustomerRelease('v2', { operations }),
  });

const embeddedFiles = (): Record<string, string> =>
  aRigRepo({
    'stk.yaml': aProject({
      ...patient,
      environments: { prod: { database: { embedded: true, init: ['base.sql'] } } },
    }),
    'environments/prod.yaml': aPointer('v2'),
    'releases/v2.yaml': aCustomerRelease('v2', { operations }),
    'base.sql':
      "create table customers (id integer primary key, email text not null); insert into customers values (1, 'ada@example.com');",
  });

interface Place {
  readonly engine: string;
  start(): Promise<Rig>;
  sql(rig: Rig, text: string): Promise<unknown>;
}

const places: readonly Place[] = [
  {
    engine: 'PostgreSQL',
    start: () => createRig({ files: files('warn') }),
    sql: (rig, text) => rig.databases.sql('prod', text),
  },
  {
    engine: 'PGlite',
    start: () => createRig({ files: embeddedFiles(), isEmbedded: true } satisfies RigOptions),
    sql: (rig, text) => rig.embeddedSql('prod', text),
  },
];

/** As the data plane calls, and as it tells the reconciler of what fails. */
async function call(rig: Rig, operation: string, input: Json = { id: 1 }): Promise<CallOutcome> {
  const active = rig.reconciler.table.stable('prod');
  if (active === undefined) throw new Error('prod serves nothing');
  const outcome = await executeCall(active, { operation, input, roles: ['reader'], claims: undefined });
  if (outcome.kind === 'refused' && outcome.sqlstate !== undefined) rig.reconciler.noteCallFailure('prod');
  return outcome;
}

describe.each(places)('drift on $engine', ({ start, sql }) => {
  it('is noticed when a call fails, told with its findings, and gone when the database fits again', async () => {
    const rig = await start();
    expect(await call(rig, 'customers.get')).toMatchObject({ kind: 'done' });
    await sql(rig, 'alter table customers rename column email to mail');
    expect(await call(rig, 'customers.get')).toMatchObject({ kind: 'refused' });
    await rig.until(() => rig.condition('prod', 'Drifted').status === 'True');
    expect(rig.condition('prod', 'Ready')).toMatchObject({ status: 'False', reason: 'NoLongerFits' });
    expect(rig.reconciler.status('prod')?.findings).toContainEqual(
      expect.objectContaining({ code: 'COL001', object: expect.stringContaining('customers.email') }),
    );
    expect(await rig.metrics()).toContain('stk_drifted{environment="prod"} 1');
    expect(rig.served('prod')).toBe('v2');
    await sql(rig, 'alter table customers rename column mail to email');
    // What is served is looked at on an interval; a call of what was removed asks at once.
    rig.reconciler.noteCallFailure('prod');
    await rig.until(() => rig.condition('prod', 'Drifted').status === 'False');
    expect(rig.condition('prod', 'Ready').status).toBe('True');
    expect(await rig.metrics()).toContain('stk_drifted{environment="prod"} 0');
    expect(await call(rig, 'customers.get')).toMatchObject({ kind: 'done' });
  });

  it('is none when the change is harmless, and no call fails while it is made', async () => {
    const rig = await start();
    const over = new AbortController();
    const outcomes = new Set<string>();
    const callers = ['customers.get', 'customers.all', 'customers.get', 'customers.all'].map(
      async (operation) => {
        while (!over.signal.aborted) {
          const outcome = await call(rig, operation);
          outcomes.add(outcome.kind === 'done' ? 'done' : `${outcome.code} ${outcome.detail}`);
        }
      },
    );
    for (const change of [
      'alter table customers add column note text',
      'create index on customers (email)',
      'alter table customers alter column note type varchar(100)',
      'alter table customers add column score integer not null default 0',
      'alter table customers drop column note',
    ]) {
      await sql(rig, change);
      rig.reconciler.noteCallFailure('prod');
    }
    await rig.until(() => rig.checks.filter((check) => check === 'prod/v2').length > 1);
    over.abort();
    await Promise.all(callers);
    expect([...outcomes]).toEqual(['done']);
    expect(rig.condition('prod', 'Drifted').status).toBe('False');
  });
});

describe('an environment with onDrift: refuse-writes', () => {
  it('refuses writes while its database does not fit, goes on reading, and takes writes again when it fits', async () => {
    const rig = await createRig({ files: files('refuse-writes') });
    const write = (): Promise<CallOutcome> =>
      call(rig, 'customers.rename', { id: 1, email: 'b@example.com' });
    expect(await write()).toMatchObject({ kind: 'done' });
    await rig.databases.sql(
      'prod',
      'alter table customers rename column email to mail; alter table customers add column email text',
    );
    await rig.databases.sql('prod', 'alter table customers alter column email type integer using 0');
    rig.reconciler.noteCallFailure('prod');
    await rig.until(() => rig.condition('prod', 'Drifted').status === 'True');
    expect(await write()).toMatchObject({ kind: 'refused', code: 'incompatible' });
    expect(await call(rig, 'customers.get')).toMatchObject({ kind: 'done' });
    await rig.databases.sql(
      'prod',
      'alter table customers drop column email; alter table customers rename column mail to email',
    );
    rig.reconciler.noteCallFailure('prod');
    await rig.until(() => rig.condition('prod', 'Drifted').status === 'False');
    expect(await write()).toMatchObject({ kind: 'done' });
  });
});

describe('a database that goes away under a serving release', () => {
  it('is told once a call has found it away, and compared as soon as it answers again', async () => {
    const rig = await createRig({ files: files('warn') });
    await rig.databases.cut('prod');
    expect(await call(rig, 'customers.get')).toMatchObject({ kind: 'refused', code: 'database-unavailable' });
    await rig.until(() => rig.condition('prod', 'DatabaseReachable').status === 'False');
    expect(rig.condition('prod', 'Ready').reason).toBe('DatabaseUnavailable');
    await rig.databases.restore('prod');
    await rig.databases.sql('prod', 'alter table customers drop column email');
    await rig.until(() => rig.condition('prod', 'Drifted').status === 'True');
    expect(rig.condition('prod', 'DatabaseReachable').status).toBe('True');
  });
});
