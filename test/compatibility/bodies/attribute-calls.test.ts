// A function that a body calls in attribute notation, `x.doubled` or `(x).doubled`: the check sees it as it sees `doubled(x)`.
import { expect, it } from '@jest/globals';
import { aMeasuredRelease, anOperation, check } from '../../support/check/checked-release.ts';
import { describeOnEachEngine } from '../../support/databases/database.ts';

const sql = `
create table t (v integer);
create function doubled(x t) returns integer language plpgsql as $$ begin return x.v * 2; end $$;
create function in_sql() returns bigint language sql as $$ select 1; select sum(x.doubled) from t x $$;
create function in_plpgsql() returns bigint language plpgsql as $$ begin return (select sum((x).doubled) from t x); end $$;
`;

describeOnEachEngine('attribute notation inside functions', (engine) => {
  it('is a call: a lost right and a lost function are told with the operations that come to it', async () => {
    const isServer = engine.name !== 'pglite';
    const opened = await engine.open({
      sql: isServer ? `${sql} grant select on t to public` : sql,
      ...(isServer ? { role: 'caller' } : {}),
    });
    try {
      const operations = {
        one: anOperation('select in_sql() as n'),
        two: anOperation('select in_plpgsql() as n'),
      };
      const checked = await aMeasuredRelease(opened, { schema: {}, operations });
      expect((await check(opened, checked)).kind).toBe('compatible');
      const toldAfter = async (change: string): Promise<readonly string[]> => {
        await opened.owner(change);
        opened.database.recycle();
        const verdict = await check(opened, checked);
        if (!('findings' in verdict)) throw new Error(verdict.kind);
        return verdict.findings
          .filter(({ severity }) => severity === 'block')
          .flatMap(({ code, operations: named }) => named.map((name) => `${code} ${name}`))
          .sort();
      };
      expect(await toldAfter('revoke execute on function doubled(t) from public')).toEqual([
        'FUN005 one',
        'FUN005 two',
      ]);
      await opened.owner('grant execute on function doubled(t) to public');
      expect(await toldAfter('drop function doubled(t)')).toEqual(['FUN005 one', 'FUN005 two']);
    } finally {
      await opened.close();
    }
  });
});
