// Changes behind functions in PL/pgSQL: what the check says, beside what a call then really does.
import { expect, it } from '@jest/globals';
import { createCheckCache } from '../../../src/compatibility/check/check-cache.ts';
import { check } from '../../support/check/checked-release.ts';
import { describeOnChosenEngines } from '../../support/databases/database.ts';
import { judgeChanges } from '../../support/check/judge-changes.ts';
import { plpgsqlBodies } from '../../support/schemas/plpgsql-bodies.ts';
import {
  plpgsqlBodiesBreaking,
  plpgsqlBodiesHarmless,
} from '../../support/schemas/changes/plpgsql-bodies-changes.ts';

describeOnChosenEngines('the check of what happens inside functions in PL/pgSQL', (engine) => {
  const fixture = judgeChanges(engine, plpgsqlBodies, {
    breaking: plpgsqlBodiesBreaking,
    harmless: plpgsqlBodiesHarmless,
  });

  it('remembers what bodies named and PostgreSQL did not find at the cut', () => {
    expect([...(fixture().checked.release.contract?.absent ?? [])]).toEqual([
      ['rough(text)', ['relation "rough_rows" does not exist']],
    ]);
  });

  it('forgets a verdict when a table goes that only a body names', async () => {
    const { opened, checked, change } = fixture();
    await change('select 1');
    const settings = { cache: createCheckCache() };
    expect((await check(opened, checked, settings)).kind).toBe('compatible');
    await opened.owner('alter table cover_kinds rename to kinds');
    opened.database.recycle();
    expect((await check(opened, checked, settings)).kind).toBe('incompatible');
  });
});
