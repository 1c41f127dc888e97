// Policies that let nothing through any more: what the check says, beside what PostgreSQL then really does.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { check } from '../support/check/checked-release.ts';
import { describeOnEachEngine, engines, servers } from '../support/databases/database.ts';
import { judgeChanges } from '../support/check/judge-changes.ts';
import { openFixture, type FixtureRig } from '../support/check/fixture-rig.ts';
import { rowSecurity } from '../support/schemas/row-security.ts';
import { rowSecurityBreaking, rowSecurityHarmless } from '../support/schemas/changes/row-security-changes.ts';

describeOnEachEngine('the check of a release under row-level security', (engine) => {
  judgeChanges(engine, rowSecurity, { breaking: rowSecurityBreaking, harmless: rowSecurityHarmless });
});

describe('a baseline that does not say what the policies let through', () => {
  it('takes it from the policies that are still there, and else that they did', async () => {
    const [engine] = engines;
    if (engine === undefined) throw new Error('there is no engine');
    const { opened, checked, change, close } = await openFixture(engine, rowSecurity);
    try {
      const { contract } = checked.release;
      if (contract === undefined) throw new Error('nothing was measured');
      const relations = [...contract.relations].map(
        ([name, relation]) => [name, { ...relation, permits: undefined }] as const,
      );
      const release = { ...checked.release, contract: { ...contract, relations: new Map(relations) } };
      const blocked = async (sql: string): Promise<readonly string[]> => {
        await change(sql);
        const verdict = await check(opened, { ...checked, release });
        if (!('findings' in verdict)) throw new Error(verdict.kind);
        return verdict.findings
          .filter(({ code }) => code === 'RLS003')
          .flatMap(({ object, operations }) => [object.replace(/^.*\./, ''), ...operations]);
      };
      expect(await blocked('select 1')).toEqual([]);
      expect(await blocked('alter policy shut on sealed to pg_monitor')).toEqual([
        'sealed',
        'sealed.list',
        'sealed.purge',
      ]);
      expect(await blocked('drop policy removed on patients')).toEqual(['patients', 'patients.remove']);
    } finally {
      await close();
    }
  });
});

describe.each(servers)('policies and roles on $name', (engine) => {
  let opened: FixtureRig;
  const other = 'ward_staff';
  const given = `alter policy seen on patients to ${other}`;
  const blocked = async (...sql: readonly string[]): Promise<readonly string[]> => {
    const { findings, broken } = await opened.change(sql);
    const found = findings.filter(({ severity }) => severity === 'block');
    expect(broken.includes('patients.get')).toBe(found.length > 0);
    return found.map(({ code, object }) => `${code} ${object}`);
  };
  beforeAll(async () => {
    opened = await openFixture(engine, rowSecurity, 'ward_caller');
    await opened.opened.owner(
      `do $$ begin create role ${other}; exception when duplicate_object or unique_violation then null; end $$`,
    );
  });
  afterAll(async () => {
    await opened.opened.owner(`revoke ${other} from ward_caller; alter role ward_caller nobypassrls`);
    await opened.close();
  });

  it('counts the policies of roles that the role is a member of', async () => {
    expect(await blocked(given)).toEqual(['RLS003 public.patients']);
    expect(await blocked(given, `grant ${other} to ward_caller`)).toEqual([]);
    expect(await blocked(given, `revoke ${other} from ward_caller`)).toEqual(['RLS003 public.patients']);
  });

  it('says nothing to an owner unless row-level security is forced, nor to a role that bypasses it', async () => {
    const owned = 'alter table patients owner to ward_caller';
    expect(await blocked('drop policy seen on patients', owned)).toEqual(['RLS003 public.patients']);
    const free = 'alter table patients no force row level security';
    expect(await blocked('drop policy seen on patients', owned, free)).toEqual([]);
    await opened.opened.owner('alter role ward_caller bypassrls');
    expect(await blocked('drop policy seen on patients')).toEqual([]);
    await opened.opened.owner('alter role ward_caller nobypassrls');
  });

  it('names commands, operations and the policies that are there', async () => {
    const { findings } = await opened.change(
      'drop policy added on patients; drop policy removed on patients',
    );
    expect(findings.find(({ code }) => code === 'RLS003')).toMatchObject({
      expected: 'policies that allow role ward_caller rows for INSERT, DELETE, as at the cut',
      actual:
        'none for INSERT (patients.add, patients.addBack, patients.keep, patients.keepAny, patients.merge, patients.mergeNew, patients.put) and DELETE (patients.remove); existing policies: changed for update to public using ((id > 0)); seen for select to public using (true)',
      sqlstate: '42501',
    });
  });
});
