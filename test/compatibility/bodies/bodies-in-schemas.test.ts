// One database, a schema for each tenant, the same functions in all: a check looks at those that its release can reach.
import { describe, expect, it } from '@jest/globals';
import { listNames } from '../../../src/compatibility/check/list-names.ts';
import { readFingerprint } from '../../../src/database/catalogue/catalogue-fingerprint.ts';
import { readCatalogue } from '../../../src/database/catalogue/catalogue.ts';
import { aMeasuredRelease, anOperation, check, type Checked } from '../../support/check/checked-release.ts';
import { type OpenedDatabase, chosenServers } from '../../support/databases/database.ts';
import { whileLocked } from '../../support/databases/while-locked.ts';

const tenants = ['tenant_1', 'tenant_2', 'tenant_3'];

/** Bodies with more than one statement: PostgreSQL puts none of them in the place of the call. */
const sql = tenants
  .map(
    (tenant) => `
create schema if not exists ${tenant};
set search_path = ${tenant};
create table notes (id integer primary key);
create function count_inside() returns bigint language sql as $$ select 1; select count(*) from notes $$;
create function count_notes() returns bigint language sql as $$ select 1; select count_inside() $$;
create table parts (id integer) partition by list (id);
create table parts_1 partition of parts for values in (1);
create function count_parts() returns bigint language sql as $$ select 1; select count(*) from parts $$;
create function count_far() returns bigint language sql as $$ select 1; select count(*) from ${tenant}.notes $$;`,
  )
  .join('');

const operations = {
  count: anOperation('select count_notes() as n'),
  far: anOperation('select tenant_3.count_far() as n'),
  parts: anOperation('select count_parts() as n'),
};

const measure = (opened: OpenedDatabase): Promise<Checked> =>
  aMeasuredRelease(opened, { schema: {}, operations });

/** But the warning that the tests log in as superuser. */
async function say(opened: OpenedDatabase, checked: Checked): Promise<string[]> {
  const verdict = await check(opened, checked);
  if (!('fingerprint' in verdict)) throw new Error(verdict.message);
  return verdict.findings
    .filter(({ code }) => code !== 'ENV003')
    .map(({ code, object, operations: names }) => `${code} ${object}: ${names.join(' ')}`);
}

describe.each(chosenServers)('the check of functions that many schemas have, on $name', (engine) => {
  const using = async (test: (opened: OpenedDatabase, checked: Checked) => Promise<void>): Promise<void> => {
    const opened = await engine.open({ sql, schema: 'tenant_1', limits: { lock: 100 } });
    try {
      await test(opened, await measure(opened));
    } finally {
      await opened.close();
    }
  };

  it('reads the bodies of those alone that the release reaches', async () => {
    await using(async ({ database }, checked) => {
      expect(checked.release.contract?.bodies).toEqual([
        'count_inside()',
        'count_notes()',
        'count_parts()',
        'tenant_3.count_far()',
      ]);
      const { bodies } = await database.inspect((session) => readCatalogue(session, listNames([checked])));
      expect(bodies.map(({ schema, name }) => `${schema}.${name}`).sort()).toEqual([
        'tenant_1.count_inside',
        'tenant_1.count_notes',
        'tenant_1.count_parts',
        'tenant_3.count_far',
      ]);
    });
  });

  it('tells what is broken in its own schema and in one that it names, behind another function too', async () => {
    await using(async (opened, checked) => {
      await opened.owner('drop table tenant_1.notes; drop table tenant_3.notes');
      expect(await say(opened, checked)).toEqual([
        'FUN005 tenant_1.count_inside(): count',
        'FUN005 tenant_3.count_far(): far',
      ]);
    });
  });

  it("is silent of another tenant's, whose changes do not change the fingerprint", async () => {
    await using(async (opened, checked) => {
      const read = (): Promise<string> =>
        opened.database.inspect((session) => readFingerprint(session, listNames([checked])));
      const before = await read();
      await opened.owner(
        'alter function tenant_2.count_inside() security definer; drop table tenant_2.notes',
      );
      expect(await read()).toBe(before);
      expect(await say(opened, checked)).toEqual([]);
      await opened.owner('alter table tenant_3.notes rename to memos');
      expect(await read()).not.toBe(before);
    });
  });

  it('asks no more after a lock that was not free', async () => {
    await using(async (opened, checked) => {
      await whileLocked(opened, 'tenant_1.notes', async () => {
        const failures = await opened.database.inspect(async (session) => {
          const { bodies } = await readCatalogue(session, listNames([checked]));
          const [locked, free] = ['count_inside', 'count_far'].map(
            (name) => bodies.find((one) => one.name === name)?.oid ?? 0,
          );
          return session.analyseBodies(
            [free, locked, free].map((oid = 0) => ({ oid, searchPath: undefined })),
          );
        });
        expect(failures.map((one) => one?.sqlstate)).toEqual([undefined, '55P03', '55P03']);
      });
    });
  });

  it('cannot tell now what the plan of a statement inside would say where it waits for a partition', async () => {
    await using(async (opened, checked) => {
      await whileLocked(opened, 'tenant_1.parts_1', async () => {
        expect(await check(opened, checked)).toMatchObject({ kind: 'indeterminate', reason: 'busy' });
      });
    });
  });

  it('measures nothing where it would have to leave out what it cannot look at now', async () => {
    await using(async (opened) => {
      await whileLocked(opened, 'tenant_1.notes', async () => {
        await expect(measure(opened)).rejects.toMatchObject({ error: { sqlstate: '55P03' } });
      });
    });
  });

  it("does not wait for another tenant's tables", async () => {
    await using(async (opened, checked) => {
      await whileLocked(opened, 'tenant_2.notes', async () => {
        expect(await check(opened, checked)).toMatchObject({ kind: 'compatible' });
      });
      await whileLocked(opened, 'tenant_1.notes', async () => {
        expect(await check(opened, checked)).toMatchObject({ kind: 'indeterminate', reason: 'busy' });
      });
    });
  });
});
