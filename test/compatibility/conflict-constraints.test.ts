// A constraint that only its name asks for: when it is gone, that is one finding, though the contract declares its key too.
import { expect, it } from '@jest/globals';
import { aCheckedRelease, aMeasuredRelease, anOperation, check } from '../support/check/checked-release.ts';
import { describeOnEachEngine } from '../support/databases/database.ts';

const sql = `create table pens (id integer primary key, code text not null, owner text not null,
  constraint pens_code unique (owner, code), constraint pens_owner unique (id, owner))`;

const parts = {
  schema: {
    tables: {
      pens: {
        columns: { code: { type: 'text' }, owner: { type: 'text' } },
        unique: [
          ['owner', 'code'],
          ['id', 'owner'],
        ],
      },
    },
  },
  operations: {
    'pens.put': anOperation(
      'insert into pens (id, code, owner) values (:id, :code, :owner) on conflict on constraint pens_code do nothing',
      'write',
    ),
  },
};

const cases = [
  { title: 'dropped', change: 'alter table pens drop constraint pens_code' },
  {
    title: 'made again as a check',
    change: `alter table pens drop constraint pens_code; alter table pens add constraint pens_code check (code <> '')`,
  },
];

describeOnEachEngine('the check of a named constraint', (engine) => {
  it.each(cases)('says once that it was $title', async ({ change }) => {
    const opened = await engine.open({ sql });
    try {
      const checked = await aMeasuredRelease(opened, parts);
      await opened.owner(change);
      opened.database.recycle();
      for (const one of [checked, await aCheckedRelease(parts)]) {
        const verdict = await check(opened, one);
        if (verdict.kind !== 'incompatible') throw new Error(verdict.kind);
        const blocked = verdict.findings.filter(({ severity }) => severity === 'block');
        expect(blocked.map(({ code, operations }) => [code, ...operations])).toEqual([
          ['KEY003', 'pens.put'],
        ]);
      }
    } finally {
      await opened.close();
    }
  });

  it('says of another key that is gone beside it', async () => {
    const opened = await engine.open({ sql });
    try {
      const checked = await aMeasuredRelease(opened, parts);
      await opened.owner('alter table pens drop constraint pens_code, drop constraint pens_owner');
      opened.database.recycle();
      const verdict = await check(opened, checked);
      if (verdict.kind !== 'incompatible') throw new Error(verdict.kind);
      const blocked = verdict.findings.filter(({ severity }) => severity === 'block');
      expect(blocked.map(({ code, object }) => `${code} ${object.replace(/^[^.]*\./, '')}`)).toEqual([
        'KEY001 pens(id,owner)',
        'KEY003 pens.pens_code',
      ]);
    } finally {
      await opened.close();
    }
  });
});
