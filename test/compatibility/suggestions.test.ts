// What a finding suggests, taken at its word: the migration applies as it stands, and afterwards less is found.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isBlocking } from '../../src/model/finding.ts';
import { describeOnChosenEngines, chosenServers } from '../support/databases/database.ts';
import { migrationSuggestions } from '../support/schemas/migration-suggestions.ts';
import { aCheckedRelease, anOperation, check } from '../support/check/checked-release.ts';
import {
  suggestionChanges,
  migrationSuggestionsHarmless,
  suggestionLosses,
} from '../support/schemas/changes/migration-suggestions-changes.ts';
import { grantFixtureSql } from '../support/schemas/broad-schema.ts';
import { openFixture, type FixtureRig } from '../support/check/fixture-rig.ts';
import { splitLines, suggestionsOf } from '../support/check/suggested-migrations.ts';

describeOnChosenEngines('what the check suggests', (engine) => {
  let opened: FixtureRig;
  let schema: string;
  let role: string;
  beforeAll(async () => {
    opened = await openFixture(engine, migrationSuggestions);
    schema = (await opened.opened.owner('select current_schema() as schema'))[0]?.['schema'] ?? '';
    const [row] = await opened.opened.database.inspect((session) =>
      session.query('select current_user as role', []),
    );
    role = row?.['role'] ?? '';
  });
  afterAll(() => opened.close());

  it.each(suggestionChanges)(
    'mends $title',
    async ({ sql, says, suggests, leaves = [], losesData = false }) => {
      const changed = await opened.change(sql);
      const blocking = changed.findings.filter(isBlocking);
      expect(blocking.map(({ code, object }) => `${code} ${object}`)).toEqual(says);
      const migrations = suggestionsOf(changed.findings);
      expect(
        migrations.map((one) => one.replaceAll(`${schema}.`, 'public.').replaceAll(role, 'ROLE')),
      ).toEqual(suggests);
      const after = await opened.change([...[sql].flat(), ...migrations.flatMap(splitLines)]);
      expect(after.findings.filter(isBlocking).map(({ code, object }) => `${code} ${object}`)).toEqual(
        leaves,
      );
      if (leaves.length === 0 && !losesData) expect(after.broken).toEqual([]);
    },
  );

  it.each(migrationSuggestionsHarmless)('blocks nothing for $title', async ({ sql }) => {
    const { findings, broken } = await opened.change(sql);
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(broken).toEqual([]);
  });

  it('says of forced row security that it filters for the owner alone', async () => {
    const sql = 'alter table owned force row level security';
    const blocked = async (changes: readonly string[]): Promise<string[]> =>
      (await opened.change(changes)).findings
        .filter(isBlocking)
        .map(({ code, object }) => `${code} ${object}`);
    expect(await blocked([sql])).toEqual([]);
    expect(await blocked([`alter table owned owner to ${role}`, sql])).toEqual(['RLS001 public.owned']);
  });
});

describe.each(chosenServers)('what the check suggests for lost rights on $name', (engine) => {
  let opened: FixtureRig;
  beforeAll(async () => {
    opened = await openFixture(engine, migrationSuggestions);
    await opened.opened.owner(
      'do $$ begin create role fixture_owner; exception when duplicate_object or unique_violation then null; end $$',
    );
  });
  afterAll(() => opened.close());

  it.each(suggestionLosses)('mends $title', async ({ sql, says, suggests }) => {
    const lose = [grantFixtureSql('fixture_caller', 'public'), ...[sql].flat()];
    const changed = await opened.change(lose, { keepsGrants: true });
    expect(changed.findings.filter(isBlocking).map(({ code, object }) => `${code} ${object}`)).toEqual(says);
    const migrations = suggestionsOf(changed.findings);
    expect(migrations).toEqual(suggests);
    const after = await opened.change([...lose, ...migrations], { keepsGrants: true });
    expect([after.findings.filter(isBlocking), after.broken]).toEqual([[], []]);
    await opened.opened.owner('grant usage on schema public to fixture_caller');
  });

  it('says nothing of a type in a schema that the role may not use', async () => {
    await opened.change('revoke usage on schema lib from public', { keepsGrants: false });
    const checked = await aCheckedRelease({
      schema: { tables: { items: { columns: { grade: { type: 'lib.grade' } } } } },
      operations: { 'items.ids': anOperation('select id from items') },
    });
    expect((await check(opened.opened, checked)).kind).toBe('compatible');
  });
});
