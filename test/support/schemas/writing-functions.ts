// Operations of mode read that call functions, and changes after which those functions write.
import { read, write, type BreakingChange, type Fixture, type FixtureChange } from '../check/fixture.ts';

const writingFunctionsSql = `
create table papers (id integer primary key, title text not null, seen integer not null default 0);
create table visits (paper integer not null);
create function title_of(paper integer) returns text language sql as
  $$ select 1; select title from papers where id = paper $$;
create function count_papers() returns bigint language plpgsql as
  $$ begin return (select count(*) from papers); end $$;
create function describe_paper(paper integer) returns text language plpgsql as
  $$ begin return title_of(paper) || '!'; end $$;
create function note_visit(paper integer) returns integer language sql as
  $$ insert into visits values (paper) returning 1 $$;
create function list_titles() returns setof text language plpgsql as
  $$ begin return query select title from papers order by id; end $$;
insert into papers select n, 'paper ' || n from generate_series(1, 3) n;
`;

export const writingFunctions: Fixture = {
  sql: writingFunctionsSql,
  operations: {
    'papers.title': read('select title_of(1) as title'),
    'papers.count': read('select count_papers() as n'),
    'papers.describe': read('select describe_paper(2) as text'),
    'papers.list': read('select * from list_titles() as title'),
    'papers.visit': write('select note_visit(1) as n'),
    'papers.titleOnce': write('select title_of(3) as title'),
  },
};

export const writingFunctionsBreaking: readonly BreakingChange[] = [
  {
    title: 'a function in SQL that writes now, called directly and by another',
    sql: `create or replace function title_of(paper integer) returns text language sql as
      $$ insert into visits values (paper); select title from papers where id = paper $$`,
    says: [
      'FUN004 public.title_of: papers.title papers.titleOnce',
      'OPS005 papers.describe: papers.describe',
      'OPS005 papers.title: papers.title',
    ],
  },
  {
    title: 'a function in PL/pgSQL that writes now',
    sql: `create or replace function count_papers() returns bigint language plpgsql as
      $$ begin update papers set seen = seen + 1; return (select count(*) from papers); end $$`,
    says: ['FUN004 public.count_papers: papers.count', 'OPS005 papers.count: papers.count'],
  },
  {
    title: 'a function that writes in a branch, which no call may come to',
    sql: `create or replace function count_papers() returns bigint language plpgsql as
      $$ begin if (select count(*) from papers) > 1000 then delete from visits; end if; return (select count(*) from papers); end $$`,
    says: ['FUN004 public.count_papers: papers.count'],
  },
  {
    title: 'a function that makes a table of its own, of which only the changed body tells',
    sql: `create or replace function count_papers() returns bigint language plpgsql as
      $$ begin create temp table if not exists heap (n bigint) on commit drop; insert into heap select count(*) from papers; return (select max(n) from heap); end $$`,
    says: ['FUN004 public.count_papers: papers.count'],
    breaks: 'by value',
  },
];

export const writingFunctionsHarmless: readonly FixtureChange[] = [
  {
    title: 'a function that only operations of mode write call and that writes more now',
    sql: 'alter table visits add at timestamptz default now()',
  },
];
