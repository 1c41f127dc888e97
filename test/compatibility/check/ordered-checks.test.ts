// Checks by order, in a process that nobody tells what became of a database since the last one. On real servers.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createOrderedChecks, type OrderedChecks } from '../../../src/compatibility/check/ordered-checks.ts';
import type { CheckOrder, DatabaseAddress } from '../../../src/model/check-order.ts';
import { checkRelease } from '../../../src/compatibility/check/check-release.ts';
import { aCheckedRelease, anOperation, shopSql, type Checked } from '../../support/check/checked-release.ts';
import { realClock } from '../../support/clock.ts';
import {
  createTestDatabase,
  defaultLimits,
  openPostgresAt,
  runSql,
} from '../../support/databases/database.ts';
import type { ServerVersion } from '../../support/databases/postgres-native.ts';

const role = 'stk_test_orders';
const settings = { strict: false, accept: [], migrationLock: undefined, now: 0 };
const orderOf = (address: DatabaseAddress): CheckOrder => ({ ...settings, address });

async function createDatabase(version: ServerVersion, sql: string) {
  const { url, drop } = await createTestDatabase(version, { sql });
  const address = { url, schema: 'public', role: undefined, limits: defaultLimits };
  return { url, drop, address };
}

describe.each([15, 18] as const)('on PostgreSQL %i', (version) => {
  let place: Awaited<ReturnType<typeof createDatabase>>;
  let release: Checked;
  let checks: OrderedChecks;
  beforeAll(async () => {
    place = await createDatabase(version, shopSql);
    release = await aCheckedRelease();
    checks = createOrderedChecks(realClock);
  });
  afterAll(async () => {
    await checks.close();
    await place.drop();
  });

  const change = async (sql: string): Promise<void> => void (await runSql(place.url, sql));
  const checkHere = async (checked: Checked) => {
    const database = openPostgresAt(place.url);
    try {
      return await checkRelease(database, { ...checked, ...settings, digest: 'a' });
    } finally {
      await database.close();
    }
  };
  const ask = (checked: Checked, order: Partial<CheckOrder> = {}, digest = 'a') =>
    checks.check({ ...checked, digest }, { ...orderOf(place.address), ...order });

  it('gives the verdict that the check gives, and gives it again', async () => {
    const verdict = await checkHere(release);
    expect(verdict.kind).toBe('compatible');
    expect(await ask(release)).toEqual(verdict);
    expect(await ask(release)).toEqual(verdict);
    expect(await ask(release, {}, 'b')).toEqual(verdict);
  });

  it('looks anew when the schema changed', async () => {
    await change('alter table customers alter email drop not null; alter table notes rename b to c');
    const verdict = await ask(release);
    await change('alter table notes rename c to b; alter table customers alter email set not null');
    expect(verdict).toMatchObject({ kind: 'incompatible' });
    expect(verdict.kind === 'incompatible' && verdict.findings.map(({ object }) => object)).toContain(
      'public.notes.b',
    );
    expect(await ask(release)).toMatchObject({ kind: 'compatible' });
  });

  it('knows a type by the name that it has now', async () => {
    const byStatus = await aCheckedRelease({
      schema: { tables: { orders: { columns: { id: { type: 'integer' } } } } },
      operations: { list: anOperation('select id from orders where status = :status') },
    });
    expect(await ask(byStatus, {}, 'types')).toMatchObject({ kind: 'compatible' });
    await change('alter type order_status rename to order_state');
    const verdict = await ask(byStatus, {}, 'types');
    const here = await checkHere(byStatus);
    await change('alter type order_state rename to order_status');
    expect(here).toMatchObject({ kind: 'compatible' });
    expect(verdict).toEqual(here);
  });

  it('does what the order says: strict, what is accepted, the lock, the role', async () => {
    await change(
      `create role ${role}_${version} nologin; grant usage on schema public to ${role}_${version}`,
    );
    const asCaller = orderOf({ ...place.address, role: `${role}_${version}` });
    const denied = await ask(release, asCaller);
    await change(`drop owned by ${role}_${version}; drop role ${role}_${version}`);
    expect(denied).toMatchObject({ kind: 'incompatible' });
    expect(await ask(release, { migrationLock: '42' })).toMatchObject({ kind: 'compatible' });
    const accept = [{ finding: 'COL001:gone.gone', reason: 'r', until: '2099-01-01' }];
    const noted = await ask(release, { accept });
    expect(noted.kind === 'compatible' && noted.findings.map(({ code }) => code)).toContain('ENV004');
    // It logs in as a superuser, which is a warning.
    expect(await ask(release, { strict: true })).toMatchObject({ kind: 'incompatible' });
  });
});

it('says of a database that is away that it is unavailable', async () => {
  const address = { url: 'postgres://stk:secret@127.0.0.1:1/none', schema: 'public', role: undefined };
  const { check, close } = createOrderedChecks(realClock);
  const asked = { ...(await aCheckedRelease()), digest: 'a' };
  const verdict = await check(asked, orderOf({ ...address, limits: defaultLimits }));
  await close();
  expect(verdict).toMatchObject({ kind: 'unavailable' });
  expect(JSON.stringify(verdict)).not.toContain('secret');
});

it('keeps sessions with the last four databases, and leaves the others', async () => {
  const name = 'stk_test_many_orders';
  const place = await createDatabase(18, shopSql);
  const { check, close } = createOrderedChecks(realClock);
  const asked = { ...(await aCheckedRelease()), digest: 'a' };
  // One database under as many addresses.
  for (const number of [1, 2, 3, 4, 5, 6]) {
    const url = `${place.url}?application_name=${name}_${number}`;
    expect(await check(asked, orderOf({ ...place.address, url }))).toMatchObject({ kind: 'compatible' });
  }
  const listed = `select application_name as name from pg_stat_activity where application_name like '${name}_%' order by 1`;
  // A session that is left has ended a moment later.
  const read = async (): Promise<string[]> =>
    (await runSql(place.url, listed)).map(({ name: one }) => String(one));
  let sessions = await read();
  while (sessions.length > 4) sessions = await read();
  expect(sessions).toEqual([3, 4, 5, 6].map((number) => `${name}_${number}`));
  await close();
  await place.drop();
});
