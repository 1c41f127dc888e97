// OPS002 of an operator that moved with its extension: where it is now, which PostgreSQL does not say.
import { expect, it } from '@jest/globals';
import { anOperation, check } from '../support/check/checked-release.ts';
import { cutRelease } from '../support/check/cut-release.ts';
import { describeOnChosenEngines } from '../support/databases/database.ts';

const sql = `
create table words (w text);
create function is_near(a text, b text) returns boolean language sql immutable as $$ select left(a, 1) = left(b, 1) $$;
create operator %% (leftarg = text, rightarg = text, function = is_near);
`;

describeOnChosenEngines('an operator that went to another schema', (engine) => {
  it('is told with that schema, and one that is gone without', async () => {
    const opened = await engine.open({ sql });
    try {
      const checked = await cutRelease(engine.name, {
        sql,
        operations: { near: anOperation('select w from words where w %% :q') },
      });
      const toldAfter = async (...change: readonly string[]): Promise<unknown> => {
        await opened.owner(...change);
        opened.database.recycle();
        const verdict = await check(opened, checked);
        if (verdict.kind !== 'incompatible') throw new Error(verdict.kind);
        return verdict.findings.find(({ code }) => code === 'OPS002');
      };
      const moved = await toldAfter(
        'create schema extras_moved; alter operator %% (text, text) set schema extras_moved; alter function is_near set schema extras_moved',
      );
      expect(moved).toMatchObject({
        object: 'near',
        actual: expect.stringMatching(
          /operator does not exist.*; what it used at the cut is in schema extras_moved now$/,
        ),
        hint: expect.stringContaining('operator(extras_moved.…)'),
      });
      const gone = await toldAfter('drop schema extras_moved cascade');
      expect(gone).toMatchObject({ actual: expect.stringMatching(/^operator does not exist: text %% \w+$/) });
    } finally {
      await opened.close();
    }
  });
});
