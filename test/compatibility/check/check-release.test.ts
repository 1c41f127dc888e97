// What surrounds the rules: settings, the cache, the lock, a schema that changes under the check, operations as such.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCheckCache } from '../../../src/compatibility/check/check-cache.ts';
import { aCheckedRelease, anOperation, check, shopSql } from '../../support/check/checked-release.ts';
import { engines, type OpenedDatabase } from '../../support/databases/database.ts';

describe('checkRelease', () => {
  let opened: OpenedDatabase;
  beforeAll(async () => {
    const engine = engines.find(({ name }) => name === 'postgres-18');
    if (engine === undefined) throw new Error('no PostgreSQL 18');
    opened = await engine.open({ sql: shopSql });
  });
  afterAll(() => opened.close());

  it('is indeterminate when the schema changes under it each time', async () => {
    let count = 0;
    const verdict = await check(opened, await aCheckedRelease(), {
      beforeConfirming: async () =>
        void (await opened.owner(`alter table notes alter column b set default ${(count += 1)}`)),
    });
    expect(verdict).toMatchObject({
      kind: 'indeterminate',
      reason: 'schema-changing',
      findings: [{ code: 'IND002' }],
    });
  });

  it('is indeterminate when the role may not ask the catalogue', async () => {
    const engine = engines.find(({ name }) => name === 'postgres-18');
    const restricted = await engine?.open({ sql: shopSql, role: 'stk_restricted' });
    if (restricted === undefined) throw new Error('no PostgreSQL 18');
    try {
      await restricted.owner('revoke execute on function pg_catalog.concat_ws(text, "any") from public');
      expect(await check(restricted, await aCheckedRelease())).toMatchObject({
        kind: 'indeterminate',
        reason: 'role',
        message: expect.stringContaining('concat_ws'),
        findings: [{ code: 'IND003', hint: expect.stringContaining('public') }],
      });
    } finally {
      await restricted.close();
    }
  });

  it('does not mind that objects change which the release does not name', async () => {
    const verdict = await check(opened, await aCheckedRelease(), {
      beforeConfirming: async () => void (await opened.owner('create table unrelated (id integer)')),
    });
    expect(verdict).toMatchObject({ kind: 'compatible' });
  });

  it('answers when the schema changed once and then rested', async () => {
    let changes = 0;
    const verdict = await check(opened, await aCheckedRelease(), {
      beforeConfirming: async () => {
        changes += 1;
        if (changes === 1) await opened.owner('alter table notes alter column b set default 0');
      },
    });
    expect(verdict).toMatchObject({ kind: 'compatible' });
  });

  it('says that a migration runs while its lock is held', async () => {
    const other = opened.database.inspect(async (session) => {
      await session.query("select pg_advisory_lock(hashtextextended('migrations', 0))");
      const verdict = await check(opened, await aCheckedRelease(), { migrationLock: 'migrations' });
      await session.query("select pg_advisory_unlock(hashtextextended('migrations', 0))");
      return verdict;
    });
    expect(await other).toMatchObject({
      kind: 'indeterminate',
      reason: 'migration-running',
      findings: [{ code: 'IND001', severity: 'info' }],
    });
    expect(await check(opened, await aCheckedRelease(), { migrationLock: 'migrations' })).toMatchObject({
      kind: 'compatible',
    });
  });

  it('applies accept, its expiry and strict to a remembered answer', async () => {
    const schema = { tables: { customers: { columns: { tier: { type: 'text' }, gone: {} } } } };
    const release = await aCheckedRelease({ schema, operations: { a: { value: 1 } } });
    const cache = createCheckCache();
    const finding = 'COL001:public.customers.gone';
    const accept = [{ finding, reason: 'known', until: '2026-12-01' }];
    const now = Date.parse('2026-12-01T12:00:00Z');
    expect((await check(opened, release, { cache, now })).kind).toBe('incompatible');
    const accepted = await check(opened, release, { cache, accept, now });
    expect(accepted.kind).toBe('compatible');
    expect((await check(opened, release, { cache, accept, now, strict: true })).kind).toBe('incompatible');
    const late = await check(opened, release, { cache, accept, now: now + 86_400_000 });
    expect(late.kind === 'incompatible' ? late.findings.map(({ code }) => code) : []).toContain('ENV005');
    const unused = [{ finding: 'COL001:public.customers.other', reason: 'x', until: '2027-01-01' }];
    const kept = await check(opened, release, { cache, accept: unused, now });
    expect(kept.kind === 'incompatible' ? kept.findings.map(({ code }) => code) : []).toContain('ENV004');
  });

  it('refuses operations that are not operations, and names the place', async () => {
    const operations = {
      ddl: anOperation('drop table notes', 'write'),
      broken: anOperation('select a\nfrom notes where a = :a and nonsense(:b) = 1'),
      ambiguous: anOperation('select id from customers, orders'),
      locking: anOperation('select a from notes for update'),
      setting: anOperation("select set_config('role', 'none', false)"),
    };
    const verdict = await check(opened, await aCheckedRelease({ operations }));
    if (verdict.kind !== 'incompatible') throw new Error(verdict.kind);
    const said = verdict.findings.filter(({ severity }) => severity === 'block');
    expect(said.map(({ code, operations: [hit] }) => `${code} ${hit}`)).toEqual([
      'FUN001 broken',
      'OPS001 ddl',
      'OPS002 ambiguous',
      'OPS005 locking',
      'OPS006 setting',
    ]);
    expect(said[0]?.locations).toEqual([{ operation: 'broken', line: 2, column: 29 }]);
  });
});
