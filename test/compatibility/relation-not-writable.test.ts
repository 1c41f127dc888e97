// What a finding about a relation that takes no writes calls it, and the way out that fits it.
import { expect, it } from '@jest/globals';
import { aCheckedRelease, anOperation, check } from '../support/check/checked-release.ts';
import { describeOnChosenEngines } from '../support/databases/database.ts';

const operations = {
  'notes.add': anOperation('insert into notes (a, b) values (:a, :b)', 'write'),
};

const cases = [
  {
    what: 'a materialized view',
    sql: "create materialized view notes as select 1 as a, 'x'::text as b",
    hint: 'Put a table or an updatable view in its place',
  },
  {
    what: 'a view',
    sql: "create view notes as select distinct 1 as a, 'x'::text as b",
    hint: 'Make the view updatable',
  },
];

describeOnChosenEngines('the check of a relation that takes no writes', (engine) => {
  it.each(cases)('says that it is $what, and what to do of one', async ({ what, sql, hint }) => {
    const opened = await engine.open({ sql });
    try {
      const verdict = await check(opened, await aCheckedRelease({ schema: {}, operations }));
      expect(verdict).toMatchObject({
        kind: 'incompatible',
        findings: expect.arrayContaining([
          expect.objectContaining({
            code: 'REL002',
            actual: `${what}, which PostgreSQL cannot write in this way`,
            hint: expect.stringContaining(hint),
          }),
        ]),
      });
    } finally {
      await opened.close();
    }
  });
});
