// What is read from a body in PL/pgSQL: which statements PostgreSQL can be asked about, and which of them every call comes to.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { analyseRoutine, type RoutineAnalysis } from '../../src/sql/routine/analyse-routine.ts';
import { analyseBody } from '../../src/sql/routine/analyse-body.ts';
import { loadSqlParser } from '../../src/sql/prepare-statement.ts';

beforeAll(() => loadSqlParser());

function analyse(body: string, head = 'f(a integer, b text) returns integer'): RoutineAnalysis | undefined {
  const definition = `CREATE OR REPLACE FUNCTION ${head}\n LANGUAGE plpgsql\nAS $function$${body}$function$\n`;
  return analyseRoutine({
    definition,
    name: 'f',
    argumentNames: ['a', 'b'],
    argumentTypes: ['integer', 'text'],
  });
}

/** Those that name a table, each with a `?` where a call may not come to it. */
function tablesOf(body: string): string[] {
  const statements = analyse(body)?.statements ?? [];
  return statements.flatMap(({ text, isSure }) => {
    const table = /(?:from|into|update) "?(\w+)/.exec(text)?.[1];
    return table === undefined ? [] : [isSure ? table : `${table}?`];
  });
}

it('takes an argument of a type of the schema for what it is, and a record of its name inside for a record', () => {
  const analyseWith = (body: string): unknown =>
    analyseRoutine({
      definition: `CREATE FUNCTION f(a mood, b text) returns integer LANGUAGE plpgsql AS $function$${body}$function$`,
      name: 'f',
      argumentNames: ['a', 'b'],
      argumentTypes: ['"public"."mood"', 'text'],
    })?.statements.map(({ text, isExact }) => [text, isExact]);
  expect(analyseWith('begin return g(a, b); end')).toEqual([
    ['select g((cast($1 as "public"."mood")), (cast($2 as text)))', true],
  ]);
  expect(
    analyseRoutine({
      definition: `CREATE FUNCTION f(a mood[], b side.size[], c age[]) returns integer LANGUAGE plpgsql AS $$begin return g(a, b, c); end$$`,
      name: 'f',
      argumentNames: ['a', 'b'],
      argumentTypes: ['mood[]', 'side.size[]'],
    })?.statements.map(({ text, isExact }) => [text, isExact]),
  ).toEqual([['select g((cast($1 as mood[])), (cast($2 as side.size[])), ($3))', false]]);
  expect(analyseWith('declare a record; begin return g(a); end')).toEqual([['select g(($1))', false]]);
});

describe('the statements of a body in PL/pgSQL', () => {
  it.each<readonly [title: string, body: string, tables: readonly string[]]>([
    [
      'one after another',
      'begin perform 1 from t; update u set x = 1; return (select 1 from v); end',
      ['t', 'u', 'v'],
    ],
    [
      'branches',
      'begin if exists (select 1 from t) then perform 1 from u; elsif exists (select 1 from v) then null; else perform 1 from w; end if; perform 1 from x; return 1; end',
      ['t', 'u?', 'v?', 'w?', 'x'],
    ],
    [
      'cases',
      'begin case (select 1 from t) when 1 then perform 1 from u; else perform 1 from v; end case; return 1; end',
      ['t', 'u?', 'v?'],
    ],
    [
      'loops',
      'declare r record; begin for r in select 1 from t loop perform 1 from u; exit when r.x; end loop; while exists (select 1 from v) loop perform 1 from w; end loop; perform 1 from x; return 1; end',
      ['t', 'u?', 'v', 'w?', 'x'],
    ],
    [
      'a RETURN that may come before',
      'begin if a > 1 then return 1; end if; perform 1 from t; return 1; end',
      ['t?'],
    ],
    [
      'a RAISE that may come before',
      "begin if a > 1 then raise 'no'; end if; perform 1 from t; return 1; end",
      ['t'],
    ],
    ['a RAISE before', "begin raise 'no'; perform 1 from t; end", ['t?']],
    ['a notice before', "begin raise notice 'so'; perform 1 from t; return 1; end", ['t']],
    [
      'an EXIT out of a block',
      'begin <<b>> begin if a > 1 then exit b; end if; perform 1 from t; end; perform 1 from u; return 1; end',
      ['t?', 'u?'],
    ],
    [
      'a handler that catches it',
      'begin begin perform 1 from t; exception when others then perform 1 from u; end; perform 1 from v; return 1; end',
      ['t?', 'u?', 'v'],
    ],
    [
      'a handler that cannot catch it',
      'begin insert into t values (1); insert into u values (1); return 1; exception when unique_violation then update v set x = 1; return 2; end',
      ['t', 'u?', 'v?'],
    ],
    ['declarations', 'declare x integer := (select 1 from t); begin return x; end', ['t']],
    [
      'declarations of a block inside',
      'begin if a > 1 then declare x integer := (select 1 from t); begin null; end; end if; return 1; end',
      ['t?'],
    ],
    ['a cursor', 'declare c cursor for select 1 from t; begin open c; close c; return 1; end', ['t?']],
    [
      'a table that the body makes',
      'begin create temp table t as select 1 from u; perform 1 from t; return 1; end',
      ['u'],
    ],
    ['a table that the body renames', 'begin alter table t rename to v; perform 1 from v; return 1; end', []],
    ['texts that are run', "begin execute 'drop table t'; perform 1 from u; return 1; end", ['u']],
    [
      'texts that may make a temporary table',
      "begin execute 'create temp table t ()'; perform 1 from t, u; return 1; end",
      ['t?', 't?', 'u?'],
    ],
    ['a search_path that is set', 'begin set local search_path = x; perform 1 from t; return 1; end', []],
    [
      'a search_path that is set by a call',
      "begin perform set_config('search_path', 'x', true); perform 1 from t; return 1; end",
      [],
    ],
    [
      'a setting that changes no name',
      "begin set local work_mem = '1MB'; perform 1 from t; return 1; end",
      ['t'],
    ],
    ['what is not PL/pgSQL', 'begin if; end', []],
    [
      'blocks too deep',
      `begin ${'if true then '.repeat(201)} null; ${'end if; '.repeat(201)} perform 1 from t; return 1; end`,
      [],
    ],
  ])('are told of %s', (_title, body, tables) => {
    expect(tablesOf(body)).toEqual(tables);
  });

  it.each<readonly [title: string, body: string, texts: readonly string[], isExact: boolean]>([
    [
      'an argument by its name, its number and its function',
      'begin return (select x from t where t.a = a and y = $2 and z = f.b); end',
      [
        'select (select x from t where t.a = (cast($1 as integer)) and y = (cast($2 as text)) and z = (cast($3 as text)))',
      ],
      true,
    ],
    [
      'a field of a row',
      'declare v orders; begin return v.total; end',
      ['select cast(null as orders)', 'select (cast($1 as orders)).total'],
      true,
    ],
    [
      'a field of a record',
      'declare r record; begin for r in select 1 as x loop return r.x; end loop; end',
      ['select 1 as x', 'select ($1)'],
      false,
    ],
    [
      'all of a record',
      'declare r record; begin insert into t select r.*; return 1; end',
      ['select from "t"', 'select 1'],
      false,
    ],
    [
      'a column of a table that is called like a variable',
      'begin return (select a.x from t a); end',
      ['select (select a.x from t a)'],
      true,
    ],
    [
      'a text in quotes',
      "declare x mood; begin x := 'good'; return 1; end",
      ['select cast(null as mood)', "select cast( 'good' as mood)", 'select 1'],
      true,
    ],
    [
      'a type with a comment',
      'declare x integer -- c\n; begin return x + 1; end',
      ['select ($1) + 1'],
      false,
    ],
    ['an alias', 'declare x alias for $1; begin return x + 1; end', ['select ($1) + 1'], false],
    [
      'the type of a column',
      'declare x sales.orders.total%type; begin return 1; end',
      ['select 1', 'select total from sales.orders'],
      true,
    ],
    [
      'a field of an array of rows',
      'declare x t%rowtype[]; begin return x[1].y; end',
      ['select cast(null as t[])', 'select (cast($1 as t[]))[1].y'],
      true,
    ],
    [
      'what is assigned',
      'declare x integer[]; begin x[1] := a; return 1; end',
      ['select  (cast($1 as integer))', 'select 1'],
      true,
    ],
  ])('have in the place of a variable a parameter: %s', (_title, body, texts, isExact) => {
    const statements = analyse(body)?.statements ?? [];
    expect(statements.map(({ text }) => text)).toEqual(texts);
    expect(statements.every((one) => one.isExact)).toBe(isExact);
  });

  it('tell which fields of the rows of a trigger are used', () => {
    const body =
      'begin new.total := old.price; if new.kind = 1 then new."At" := now(); end if; return new; end';
    expect(analyse(body, 'f() returns trigger')?.fields).toEqual([
      { record: 'new', field: 'total', isSure: true },
      { record: 'old', field: 'price', isSure: true },
      { record: 'new', field: 'kind', isSure: true },
      { record: 'new', field: 'At', isSure: false },
    ]);
  });

  it('tell which functions are called, and whether always', () => {
    const body = 'begin perform g(1); if h(1) then perform s.k(1); end if; return 1; end';
    expect(analyse(body)?.functions).toEqual([
      { schema: undefined, name: 'g', isSure: true },
      { schema: undefined, name: 'h', isSure: true },
      { schema: 's', name: 'k', isSure: false },
    ]);
  });

  it('are told up to a number', () => {
    const body = `begin ${'perform 1 from t; '.repeat(60)} return 1; end`;
    expect(analyse(body)?.statements).toHaveLength(50);
  });
});

describe('the types of a statement', () => {
  const mayMeanColumns = (body: string, table: string): boolean | undefined =>
    analyse(body)?.statements.find(({ text }) => text.includes(table))?.mayMeanColumns;

  it('may be others where its names may be columns and not variables', () => {
    const query = 'perform 1 from t where x = a;';
    expect(mayMeanColumns(`begin ${query} return 1; end`, 't')).toBe(false);
    expect(mayMeanColumns(`#variable_conflict use_column\nbegin ${query} return 1; end`, 't')).toBe(true);
    expect(mayMeanColumns(`begin ${query} for i in 1..3 loop null; end loop; return 1; end`, 't')).toBe(true);
    expect(mayMeanColumns(`begin ${query} declare x integer; begin null; end; return 1; end`, 't')).toBe(
      true,
    );
    expect(mayMeanColumns('begin perform 1 from u; for i in 1..3 loop null; end loop; end', 'u')).toBe(false);
  });

  it('are not known of a CASE, whose variable gets its type when it runs', () => {
    const statements = analyse('begin case b when b then null; end case; return 1; end')?.statements ?? [];
    const compared = statements.filter(({ text }) => / IN /i.test(text));
    expect(compared.map((one) => one.isExact)).toEqual([false]);
  });
});

it.each([400, 800, 1_000, 1_250, 1_500, 2_000])('expressions %i deep end in no error', (depth) => {
  const terms = Array.from({ length: depth }, () => 'new.a').join(' || ');
  const signs = '- '.repeat(depth);
  expect(() => analyse(`begin new.b := ${terms}; perform ${signs} new.a; return 1; end`)).not.toThrow();
});

it('a type that is written with many blanks takes no time worth speaking of', () => {
  const blanks = ' '.repeat(60_000);
  expect(analyse(`declare x t.${blanks}b; begin perform 1 from u; return 1; end`)).toBeDefined();
});

it.each(['(x).doubled', 'x.doubled', '(x.v).doubled', '(f(x)).doubled'])(
  'counts %s among what a body may call: it is doubled(…) unless it is a field',
  (expression) => {
    expect(analyse(`begin return (select ${expression} from t x); end`)?.functions).toContainEqual({
      schema: undefined,
      name: 'doubled',
      isSure: false,
    });
    const named = analyseBody(`select ${expression} from t x`)?.attributes.map(({ name }) => name);
    expect(named).toContain('doubled');
  },
);
