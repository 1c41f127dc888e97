import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findForbiddenFunctions, findReadViolations } from '../../src/sql/forbidden-functions.ts';
import { findBan } from '../../src/sql/function-bans.ts';
import { locateInSql, mapToSql, mapToText } from '../../src/sql/map-position.ts';
import { countCodePoints } from '../../src/sql/pg-parser.ts';
import { loadSqlParser, prepareStatement } from '../../src/sql/prepare-statement.ts';
import type { StatementAnalysis } from '../../src/sql/statement.ts';

beforeAll(loadSqlParser);

function analyse(sql: string): StatementAnalysis {
  const { analysis, error } = prepareStatement(sql);
  if (analysis === undefined) throw new Error(error?.message ?? 'no analysis');
  return analysis;
}
const relations = (sql: string): string[] =>
  analyse(sql).relations.map(
    ({ schema, name, access }) => `${access} ${schema === undefined ? '' : `${schema}.`}${name}`,
  );
const functions = (sql: string): string[] => analyse(sql).functions.map(({ name }) => name);

describe('control characters', () => {
  it.each([
    ['select 1 as "a\u001b[31m"', 15],
    ["select\n\t'é\u0007' as x", 11],
    ['select $$\u000b$$ as x', 10],
  ])('in a name or a string are told with their place: %j', (sql, position) => {
    const { error } = prepareStatement(sql);
    expect(error).toEqual({
      message: expect.stringMatching(
        /^a name or a string contains the control character \\u\{[0-9a-f]+\}: remove it/,
      ),
      position,
    });
  });

  it('reach no message as they are', () => {
    for (const sql of ['select 1 \u001b', 'select "a\u001b', 'select "\u001bx" from t where'])
      expect(prepareStatement(sql).error?.message).toMatch(/^[\x20-\x7e]+$/);
  });
});

describe('parameters', () => {
  it.each([
    ['select :id', 'select $1', ['id']],
    ['select :a, :b, :a', 'select $1, $2, $1', ['a', 'b']],
    ['select :user, :order', 'select $1, $2', ['user', 'order']],
    [
      "select ':a', E'\\':b', U&':c', $$:d$$, $x$:e$x$ -- :f",
      "select ':a', E'\\':b', U&':c', $$:d$$, $x$:e$x$ -- :f",
      [],
    ],
    ['select /* :a /* :b */ */ :c', 'select /* :a /* :b */ */ $1', ['c']],
    ['select a::int, :b::text', 'select a::int, $1::text', ['b']],
    ["select 'é😀', :x, 'ü', :ÿ", "select 'é😀', $1, 'ü', $2", ['x', 'ÿ']],
    ['select a[(1):(2)]', 'select a[(1):(2)]', []],
    ['select a[(:x):(:y)]', 'select a[($1):($2)]', ['x', 'y']],
    ['select "a:b", :customerId', 'select "a:b", $1', ['customerId']],
  ])('binds %s', (sql, text, parameters) => {
    expect(prepareStatement(sql)).toMatchObject({ text, parameters, error: undefined });
  });

  it.each([
    ['select a[1:n] from t', 'a slice is written [(1):(n)]', 11],
    ['select x:a from t', 'put a space between', 9],
    ['select $1', 'written by hand', 8],
    ["select 'abc", 'unterminated quoted string', 8],
    ["select :N'abc'", 'syntax error at or near ":"', 8],
    ["select 'é', from where", 'syntax error at or near "from"', 13],
    ['select :a, from t', 'syntax error at or near "from"', 12],
    ['select 1a', 'trailing junk', 8],
    ['select "\uD800"', 'not valid Unicode', 9],
  ])('says what is wrong with %s', (sql, message, position) => {
    const { error } = prepareStatement(sql);
    expect(error?.message).toContain(message);
    expect(error?.position).toBe(position);
  });

  it('maps positions both ways', () => {
    const statement = prepareStatement('select :long, é, :b, z');
    expect(statement.text).toBe('select $1, é, $2, z');
    const at = (text: string, part: string): number => countCodePoints(text, text.indexOf(part)) + 1;
    for (const part of ['é', 'z', 'select']) {
      expect(mapToSql(statement, at(statement.text, part))).toBe(at(statement.sql, part));
      expect(mapToText(statement, at(statement.sql, part))).toBe(at(statement.text, part));
    }
    expect(mapToSql(statement, at(statement.text, '$2') + 1)).toBe(at(statement.sql, ':b'));
    expect(locateInSql('a\nbé c', 6)).toEqual({ line: 2, column: 4 });
  });

  it('agrees with a slow model on any mix of quoted and plain text', () => {
    const piece = fc.oneof(
      fc.constantFrom(':a', ':order', ':ä', ':b_1').map((name) => ({ sql: ` ${name}`, name: name.slice(1) })),
      fc
        .constantFrom(
          "':a'",
          "'it''s :b'",
          "E'\\':c'",
          '":d"',
          '$$ :e $$',
          '$q$ :f $$ $q$',
          "U&'\\0061:g'",
          '/* :h */',
          '-- :i\n',
          'x::text',
          '😀é',
          '(1)',
          "N':j'",
          "X'1F'",
          ', ',
        )
        .map((sql) => ({ sql: ` ${sql}`, name: undefined })),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const names: string[] = [];
        const text = pieces.map(({ sql, name }) => {
          if (name === undefined) return sql;
          if (!names.includes(name)) names.push(name);
          return ` $${names.indexOf(name) + 1}`;
        });
        const prepared = prepareStatement(`select${pieces.map(({ sql }) => sql).join('')}`);
        expect(prepared.text).toBe(`select${text.join('')}`);
        expect(prepared.parameters).toEqual(names);
      }),
      { seed: 5, numRuns: 400 },
    );
  });

  it.each([
    ['deep brackets', `select ${'('.repeat(20_000)}1${')'.repeat(20_000)}`],
    ['long chains', `select ${'1+'.repeat(20_000)}1`],
    ['long text', `select '${'x'.repeat(70_000)}'`],
    ['deep nots', `select ${'not '.repeat(4900)}true`],
    ['many casts', `select 1${'::int'.repeat(2400)}`],
    ['many parameters', `select ${Array.from({ length: 1001 }, (_, i) => `:p${i}`).join(',')}`],
  ])('survives %s', (_, sql) => {
    const { analysis, error } = prepareStatement(sql);
    expect(analysis === undefined).toBe(error !== undefined);
    expect(prepareStatement('select 1').error).toBeUndefined();
  });
});

describe('analysis', () => {
  it.each([
    ['select 1 as a into b', 'SELECT INTO'],
    ['select a into temporary b from c union select 2', 'SELECT INTO'],
    ['with a as (select 1) select * into unlogged b from a', 'SELECT INTO'],
    ['update a set b = 1 where current of c', 'WHERE CURRENT OF'],
    ['with d as (delete from a where current of c returning 1) select 1', 'WHERE CURRENT OF'],
  ])('takes no operation that leaves something behind or needs a cursor: %s', (sql, node) => {
    expect(prepareStatement(sql).analysis).toMatchObject({ kind: 'other', node });
  });

  it('finds every schema that is named', () => {
    const sql = `select cast(:a as one.t), b::two.t[], c collate three.d, e operator(four.+) f, 'Five.g'::regclass, '"S ix".h'
      from i order by j using operator(seven.<)`;
    const schemas = ['S ix', 'five', 'four', 'one', 'seven', 'three', 'two'];
    expect(prepareStatement(sql).analysis?.schemas).toEqual(schemas);
  });

  it.each([
    ['select * from a join s.b on true, lateral (select 1 from c) x', ['read a', 'read s.b', 'read c']],
    ['with a as (select 1 from b) select * from a', ['read b']],
    ['with a as (select 1 from a) select * from a', ['read a']],
    ['with recursive a as (select 1 union select 1 from a) select * from a', []],
    ['select 1 from (with a as (select 1) select 1 from a) x, a', ['read a']],
    ['with a as (select 1) select 1 from public.a', ['read public.a']],
    ['with n as (insert into a values (1) returning *) select 1 from n', ['insert a']],
    ['select a into b from c', ['insert b', 'read c']],
    ['delete from a using b where exists (select 1 from c)', ['delete a', 'read b', 'read c']],
    [
      'merge into a using b on true when matched then delete when not matched then insert (x) values (1)',
      ['delete a', 'insert a', 'merge a', 'read b'],
    ],
    ['table a', ['read a']],
    ['select 1 from a union select 1 from b order by (select 1 from c)', ['read a', 'read b', 'read c']],
  ])('finds the relations of %s', (sql, expected) => {
    expect(relations(sql).sort()).toEqual([...expected].sort());
  });

  it.each([
    ['select 1; select 2', 2, 'select'],
    ['', 0, 'other'],
    ['create table a ()', 1, 'other'],
    ['values (1)', 1, 'select'],
    ['merge into a using b on true when matched then delete', 1, 'merge'],
  ])('counts the statements of %s', (sql, statements, kind) => {
    expect(analyse(sql)).toMatchObject({ statements, kind });
  });

  it('reads what an INSERT puts where', () => {
    const { inserts, conflicts, updates } = analyse(
      'insert into a (x, y, z) values (:x, null, default), (:x, 1, 2) on conflict (x) where y > 0 do update set y = :y, (z, w) = (1, null)',
    );
    expect(inserts[0]).toMatchObject({
      columns: ['x', 'y', 'z'],
      width: 3,
      source: 'values',
      overriding: 'none',
      values: [{ kind: 'parameter', number: 1 }, { kind: 'null' }, { kind: 'default' }],
    });
    expect(conflicts[0]).toMatchObject({ kind: 'columns', columns: ['x'], hasExpressionOrPredicate: true });
    expect(updates[0]?.assignments).toEqual([
      { column: 'y', value: { kind: 'parameter', number: 2 } },
      { column: 'z', value: { kind: 'expression' } },
      { column: 'w', value: { kind: 'null' } },
    ]);
    expect(analyse('insert into a select * from b').inserts[0]).toMatchObject({
      columns: undefined,
      width: undefined,
      source: 'select',
    });
    expect(analyse('insert into a default values').inserts[0]).toMatchObject({
      width: 0,
      source: 'default-values',
    });
    expect(analyse('insert into a values (1) on conflict on constraint k do nothing').conflicts).toEqual([
      { kind: 'constraint', relation: { schema: undefined, name: 'a' }, constraint: 'k' },
    ]);
  });

  it('finds functions wherever they are called', () => {
    expect(
      functions('select f(1), current_user from g() order by h(2) limit (select pg_catalog.k())').sort(),
    ).toEqual(['current_user', 'f', 'g', 'h', 'k']);
    expect(functions('insert into a values ("Set_Config"(\'a\')) returning i()').sort()).toEqual([
      'Set_Config',
      'i',
    ]);
  });

  it('places literals in code points', () => {
    expect(analyse("select 'é', 'open' where :a = ''").literals).toEqual([
      { value: 'é', position: 8 },
      { value: 'open', position: 13 },
      { value: '', position: 31 },
    ]);
  });

  it('sees row locks, writes and stars', () => {
    expect(analyse('select 1 from (select 1 from a for share) x')).toMatchObject({
      locksRows: true,
      writes: false,
    });
    expect(analyse('with d as (delete from a) select 1').writes).toBe(true);
    expect(analyse('select 1 where exists (select * from a)').selectsStar).toBe(false);
    expect(analyse('select count(*), a.* from a').selectsStar).toBe(true);
  });
});

describe('forbidden functions', () => {
  it.each([
    'set_config',
    'pg_advisory_lock',
    'pg_try_advisory_xact_lock',
    'pg_read_file',
    'pg_ls_dir',
    'pg_stat_file',
    'lo_import',
    'dblink_exec',
    'pg_terminate_backend',
    'pg_sleep',
    'pg_sleep_for',
    'pg_notify',
    'query_to_xml',
  ])('refuses %s', (name) => {
    expect(findForbiddenFunctions(analyse(`select ${name}(1)`))).toHaveLength(1);
    expect(
      findForbiddenFunctions(analyse(`select 1 from a where PG_CATALOG.${name.toUpperCase()}(1) is null`)),
    ).toHaveLength(1);
  });

  it.each([
    "update pg_settings set setting = 'x' where name = 'role'",
    "with u as (update PG_CATALOG.pg_settings set setting = 'x' returning 1) select 1",
  ])('refuses what is set_config in disguise: %s', (sql) => {
    expect(findForbiddenFunctions(analyse(sql))).toMatchObject([{ function: { name: 'pg_settings' } }]);
  });

  it('allows to read settings, and a table of the application of that name', () => {
    expect(findForbiddenFunctions(analyse('select setting from pg_settings'))).toEqual([]);
    expect(findForbiddenFunctions(analyse("update app.pg_settings set setting = 'x'"))).toEqual([]);
  });

  it.each(['current_setting', 'now', 'lower', 'json_agg', 'pg_typeof'])('allows %s', (name) => {
    expect(findBan(undefined, name)).toBeUndefined();
  });

  it.each([
    'select (cast(1 as double precision)).pg_sleep',
    'select n.pg_advisory_lock from generate_series(1, 2) n',
    "select f.pg_read_file from (values ('/etc/passwd')) f",
    'select 1 from a where (a.name).query_to_xml is null',
    'select a.pg_sleep from a',
    'select (a).pg_sleep from a',
    'select (a).b.pg_sleep from a',
    'select (array[1.0])[1].pg_sleep',
    'select * from a order by a.pg_sleep',
    'insert into a (b[(1.0).pg_sleep]) values (1)',
    'insert into a (b) values (1) returning a.pg_sleep',
    'insert into a (b) values (1) on conflict (b) do update set b = excluded.pg_sleep',
    'select x.pg_sleep from (select a.* from a) x',
    'with x as (select 1.0 as y) select x.pg_sleep from x',
    'select t.pg_sleep from xmltable($$/a$$ passing $$<a/>$$ columns b integer) t',
    'merge into a using b on a.id = b.id when matched and b.pg_sleep then delete',
  ])('refuses a call that is written as a column: %s', (sql) => {
    const found = findForbiddenFunctions(analyse(sql));
    expect(found).toHaveLength(1);
  });

  it.each([
    'select x.pg_sleep from (select 1 as pg_sleep) x',
    'with x as (select 1 as pg_sleep) select x.pg_sleep from x',
    'select x.pg_sleep from a as x (pg_sleep)',
    'select pg_sleep from a',
    'update a set pg_sleep = 1',
    'select 1 as pg_sleep',
  ])('knows a column of that name: %s', (sql) => {
    expect(findForbiddenFunctions(analyse(sql))).toEqual([]);
  });

  it("refuses ts_rewrite with a text of SQL, in a module's own schema what is a module's, and SELECT INTO", () => {
    const rewrite = "select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, ''b''::tsquery')::text";
    expect(findForbiddenFunctions(analyse(rewrite))).toHaveLength(1);
    expect(
      findForbiddenFunctions(analyse("select ts_rewrite('a', 'a'::tsquery, 'b'::tsquery)::text")),
    ).toEqual([]);
    expect(findForbiddenFunctions(analyse("select extensions.dblink_exec('x')"))).toHaveLength(1);
    expect(findForbiddenFunctions(analyse('select app.pg_sleep(1)'))).toEqual([]);
    expect(findForbiddenFunctions(analyse('select * from pg_file_settings'))).toHaveLength(1);
    expect(findForbiddenFunctions(analyse('delete from pg_catalog.pg_proc'))).toHaveLength(1);
    expect(analyse('select 1 as a into temp t')).toMatchObject({ kind: 'other', node: 'SELECT INTO' });
    expect(analyse('select 1 as a into temp t union select 2')).toMatchObject({ kind: 'other' });
  });

  it('says what a read may not do', () => {
    expect(findReadViolations(analyse("select ('s'::regclass).nextval"))).toEqual(['calls nextval']);
    expect(findReadViolations(analyse('select 1 from a'))).toEqual([]);
    expect(findReadViolations(analyse("select nextval('s') from a for update"))).toEqual([
      'locks rows (FOR UPDATE or FOR SHARE)',
      'calls nextval',
    ]);
    expect(findReadViolations(analyse('with d as (delete from s.a) select 1'))).toEqual(['delete on s.a']);
  });
});
