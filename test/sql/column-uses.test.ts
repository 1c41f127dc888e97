// Where statements name columns, and the relations that these may belong to.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { loadSqlParser, prepareStatement } from '../../src/sql/prepare-statement.ts';
import type { ColumnUse, RelationName } from '../../src/sql/statement.ts';

beforeAll(loadSqlParser);

/** `a|b>c.x`: x of a or b, or of c of the query around; `:=` and `+=` for what an UPDATE or INSERT gives values. */
function show({ column = '*', levels, access, row, naturalWith }: ColumnUse): string {
  const name = (one: RelationName): string =>
    one.schema === undefined ? one.name : `${one.schema}.${one.name}`;
  const from = levels.map((level) => level.map(name).join('|')).join('>');
  const other =
    naturalWith === undefined
      ? ''
      : `~${[...naturalWith.relations.map(name), ...naturalWith.columns].join('|')}`;
  const means = row === undefined ? '' : ` or row of ${name(row)}`;
  return `${from}.${column}${other}${{ read: '', insert: '+=', update: ':=' }[access]}${means}`;
}

function usesOf(sql: string): string[] {
  const { analysis, error } = prepareStatement(sql);
  if (analysis === undefined) throw new Error(error?.message);
  return [...new Set(analysis.columns.map(show))].sort();
}

describe('the columns that a statement names', () => {
  it.each([
    ['select a, t.b from t', ['t.a', 't.b']],
    ['select x.a from s.t x where "B" = 1', ['s.t.B', 's.t.a']],
    ['select s.t.a from s.t', ['s.t.a']],
    [
      'select o.id, email from orders o join customers c on c.id = o.customer_id',
      ['customers.id', 'orders.customer_id', 'orders.id', 'orders|customers.email'],
    ],
    ['select * from a, b', ['a|b.*']],
    ['select z from a, unnest(a.x) as u(z), f(z) g(z)', ['a.x']],
    ['select 1 from a, unnest(z) as u(z)', ['a.z']],
    ['select a.*, b.x from a, b', ['a.*', 'b.x']],
    ['select count(*) from a', []],
    ['select 1 from a where exists (select * from b where b.x = a.y)', ['a.y', 'b.x']],
    ['select (select max(x) from b where z = a.y) from a', ['a.y', 'b>a.x', 'b>a.z']],
    ['with q as (select x as y from a) select y, q.y from q', ['a.x']],
    ['with q as (select * from a) select y from q join b on true', ['a.*', 'b.y']],
    ['with recursive q(n) as (select x from a union all select n + 1 from q) select n from q', ['a.x']],
    ['with a as (select x from b) select y from s.a', ['b.x', 's.a.y']],
    ['select s.y from (select x as y from a) s', ['a.x']],
    ['select y from a, lateral (select a.x, z from b) s', ['a.x', 'a.y', 'b>a.z']],
    ['select y from a, (select z from b) s', ['a.y', 'b.z']],
    ['select y from a natural join b', ['a.*~b', 'a|b.y', 'b.*~a']],
    ['select j.y from (a join b using (k)) as j', ['a|b.k', 'a|b.y']],
    ['select x.q from a as x(p, q)', ['a.*', 'a.q']],
    ['select t from t', ['t.t or row of t']],
    ['select (t).a, (b).c from t', ['t.a', 't.b']],
    ['select f.x, g from t, top(1) f, generate_series(1, a) g', ['t.a', 't.g']],
    ['select sum(x) as total from a order by total', ['a.x']],
    ['select x as total from a group by total order by lower(total)', ['a.total', 'a.x']],
    ['select x from a union select y from b order by x', ['a.x', 'b.y']],
    ['insert into a (x, y) select y, z from b returning id', ['a.id', 'a.x+=', 'a.y+=', 'b.y', 'b.z']],
    ['insert into a values (1)', []],
    [
      'insert into a as t (x) values (1) on conflict (x) where y do update set z = excluded.w + t.v where u returning *',
      ['a.*', 'a.u', 'a.v', 'a.w', 'a.x', 'a.x+=', 'a.y', 'a.z:='],
    ],
    ['update a set x = b.y from b where a.id = b.id returning z', ['a.id', 'a.x:=', 'a|b.z', 'b.id', 'b.y']],
    ['update a set (x, y) = (select p, q from b) where z', ['a.x:=', 'a.y:=', 'a.z', 'b>a.p', 'b>a.q']],
    ['delete from a using b where a.x = b.x', ['a.x', 'b.x']],
    ['update a set x = 1 returning old.y, new.z', ['a.x:=', 'a.y', 'a.z']],
    [
      'merge into a t using b on t.x = b.x when matched and t.y then update set z = b.w when not matched then insert (v) values (u)',
      ['a.v+=', 'a.x', 'a.y', 'a.z:=', 'a|b.u', 'b.w', 'b.x'],
    ],
    ['select nowhere.x from a', ['a.x']],
  ])('of %s are found', (sql, uses) => {
    expect(usesOf(sql)).toEqual([...uses].sort());
  });
});
