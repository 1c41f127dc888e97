// Functions that PostgreSQL calls when it writes a row: what the check says when the role may not execute them any more, beside
// what PostgreSQL then really does.
import { expect, it } from '@jest/globals';
import { askDatabase } from '../../../src/compatibility/check/ask-database.ts';
import { judge } from '../../../src/compatibility/check/judge.ts';
import { aCheckedRelease, anOperation } from '../../support/check/checked-release.ts';
import { describeOnChosenEngines } from '../../support/databases/database.ts';
import { judgeChanges } from '../../support/check/judge-changes.ts';
import {
  rowFunctions,
  rowFunctionsBreaking,
  rowFunctionsHarmless,
} from '../../support/schemas/row-functions.ts';

describeOnChosenEngines('the check of a role that may not execute what writes call', (engine) => {
  const fixture = judgeChanges(engine, rowFunctions, {
    breaking: rowFunctionsBreaking,
    harmless: rowFunctionsHarmless,
  });

  it.each([
    { title: 'suggests no grant where two schemas have', other: 'side.defined(integer)', named: undefined },
    { title: 'suggests one on all where one schema has', other: 'defined(text)', named: 2 },
  ])('$title functions of the name that PostgreSQL refuses', async ({ other, named }) => {
    const { findings } = await fixture().change(
      `create function ${other} returns boolean language sql immutable as $$ select true $$;
        revoke execute on function ${other}, defined(integer) from public`,
    );
    const [finding] = findings.filter(({ code }) => code === 'PRV004');
    expect(finding?.migration?.match(/defined/g)?.length).toBe(named);
  });
});

describeOnChosenEngines(
  'the check of a thousand writes to a table with many checks of one refused function',
  (engine) => {
    it('says it once', async () => {
      const checks = Array.from({ length: 5 }, (_, n) => `check (fit(n + ${n}))`).join(', ');
      const opened = await engine.open({
        sql: `create function fit(value integer) returns boolean language plpgsql immutable as $$ begin return true; end $$;
        create table numbers (n integer, ${checks}); grant insert on numbers to public;
        revoke execute on function fit(integer) from public`,
        role: 'caller',
      });
      try {
        const checked = await aCheckedRelease({
          schema: {},
          operations: { add: anOperation('insert into numbers (n) values (:n)', 'write') },
        });
        const { database } = opened;
        const context = await database.inspect((session) => askDatabase(session, database.engine, checked));
        const operations = context.operations.flatMap((one) =>
          Array.from({ length: 1000 }, (_, n) => ({ ...one, name: `add${n}` })),
        );
        const findings = await judge({ ...context, operations });
        const [finding] = findings.filter(({ code }) => code === 'PRV004');
        expect(finding?.operations).toHaveLength(1000);
        expect(finding?.migration).toMatch(/^grant execute on function \w+\.fit\(value integer\) to \w+;$/);
      } finally {
        await opened.close();
      }
    });
  },
);
