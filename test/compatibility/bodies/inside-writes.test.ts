// Changes behind functions that PostgreSQL calls for rows, which no statement names: what the check says, beside what a
// call then really does.
import { expect, it } from '@jest/globals';
import { createCheckCache } from '../../../src/compatibility/check/check-cache.ts';
import { check } from '../../support/check/checked-release.ts';
import { describeOnChosenEngines } from '../../support/databases/database.ts';
import { judgeChanges } from '../../support/check/judge-changes.ts';
import { rowFunctionBodies } from '../../support/schemas/row-function-bodies.ts';
import {
  rowFunctionBodiesBreaking,
  rowFunctionBodiesHarmless,
} from '../../support/schemas/changes/row-function-bodies-changes.ts';

describeOnChosenEngines('the check of functions that rows are filled and checked by', (engine) => {
  const fixture = judgeChanges(engine, rowFunctionBodies, {
    breaking: rowFunctionBodiesBreaking,
    harmless: rowFunctionBodiesHarmless,
  });

  it('remembers their bodies', () => {
    expect(fixture().checked.release.contract?.bodies).toEqual([
      'clerk()',
      'hall_key(text)',
      'is_extent(numeric)',
      'is_kind(text)',
      'is_listed(text)',
      'is_sealed(integer)',
      'is_stamped(integer)',
      'is_watched(integer)',
      'is_word(text)',
      'is_zone(text)',
      'lease_code()',
      'log_mark()',
      'next_code()',
      'owner_name()',
      'region_of(text)',
      'slug_of(text)',
      'tax_of(text, numeric)',
    ]);
  });

  it.each([
    ['the entries of an index', 'block', 'drop table slugs'],
    ['the default of a view', 'block', 'alter table code_prefixes rename to prefixes'],
    ['a check that asks for some rows only', 'warn', 'drop table kinds'],
    ['a check that asks for values only', 'warn', 'drop table extents'],
    [
      'a default that may not call it',
      'warn',
      `alter table parcels alter code set default coalesce(nullif('', 'x'), next_code()); drop table code_prefixes`,
    ],
    ['a policy', 'warn', 'drop table seals'],
    ['the inserts of a MERGE', 'warn', 'drop table lease_codes'],
    ['entries of an index that may not be made', 'warn', 'drop table hall_names'],
  ])('calls what a function for %s needs a finding to %s', async (_title, severity, sql) => {
    const { findings } = await fixture().change(sql);
    const told = findings.filter(({ code }) => code === 'FUN005');
    expect(told.map((finding) => finding.severity)).toEqual([severity]);
  });

  it.each([
    ['a default', 'alter table code_prefixes rename to prefixes', 'the default of parcels.code'],
    ['a check', 'drop table zones', 'the check zoned'],
    ['a domain', 'drop table clerks', 'the default of entries.clerk'],
  ])('forgets a verdict when a table goes that only %s needs, and says so', async (_title, sql, by) => {
    const { opened, checked, change } = fixture();
    await change('select 1');
    const settings = { cache: createCheckCache() };
    expect((await check(opened, checked, settings)).kind).toBe('compatible');
    await opened.owner(sql);
    opened.database.recycle();
    const verdict = await check(opened, checked, settings);
    if (verdict.kind !== 'incompatible') throw new Error(verdict.kind);
    expect(verdict.findings.find(({ code }) => code === 'FUN005')?.hint).toContain(by);
  });
});
