// A release that is cut in the scratch database and checked where the same schema lives on another PostgreSQL: nothing is
// found. The schema holds what PostgreSQL writes out again in its own words, which differ between its versions.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { anOperation, check, type Checked } from '../support/check/checked-release.ts';
import { cutRelease } from '../support/check/cut-release.ts';
import { engines } from '../support/databases/database.ts';
import { grantFixtureSql, broadSchemaOperations, broadSchemaSql } from '../support/schemas/broad-schema.ts';

const wordsSql = `
create domain code as varchar(10) check (value in ('a', 'b', 'c')) check (value <> '' and length(value) < 9);
create table words (
  id integer generated always as identity primary key,
  code code not null default 'a',
  state varchar(10) not null default 'new' check (state in ('new', 'old')),
  kind text not null default 'x' check (kind = any (array['x', 'y'])),
  low integer not null default 1 check (low between 0 and 10),
  high numeric(8,2) not null default 2.5, check (high > low and not (low = 3 or low = 4)),
  born date not null default current_date check (extract(year from born) > 1900),
  word text not null default 'w' check (word ~ '^[a-z]+$' and word not like 'x%'),
  data jsonb not null default '{}' check (data ? 'a' or data = '{}'),
  stamp timestamptz not null default now() check (stamp > '2000-01-01'::date),
  upper_word text generated always as (upper(word)) stored,
  unique nulls not distinct (word, born)
);
create unique index on words (lower(word)) where state = 'new' and low > 2;
create unique index words_some on words (code) where state <> 'old';
create table parts (id integer not null, word_id integer references words on delete set null on update cascade, primary key (id)) partition by hash (id);
create table parts_0 partition of parts for values with (modulus 2, remainder 0);
create table parts_1 partition of parts for values with (modulus 2, remainder 1);
create view v_plain as select w.id, w.state || '!' as loud, w.low + 1 as next from words w where w.state in ('new', 'old');
create view v_group as select state, count(*) as n, sum(high) filter (where low > 1) as total from words group by state having count(*) > 0 order by state;
create view v_sets as select id, 1 as one from words union all select id, 2 from parts order by 1 limit 10;
create view v_join as select w.id, p.id as part, coalesce(w.word, 'none') as word from words w left join parts p on p.word_id = w.id;
create view v_using as select id, word from words join parts using (id);
create view v_nested as select id, (select max(p.id) from parts p where p.word_id = words.id) as most from words where exists (select from parts where parts.word_id = words.id);
create view v_cte as with late as (select id, born from words where low > 0) select id, extract(month from born) as month from late;
create view v_window as select id, row_number() over (partition by state order by born desc) as nth, rank() over w from words window w as (order by low);
create view v_lateral as select w.id, l.id as other from words w cross join lateral (select p.id from parts p where p.word_id = w.id limit 1) l;
create view v_values as select * from (values (1, 'one'), (2, 'two')) as t (id, name);
create view v_series as select g.n, g.n * 2 as twice from generate_series(1, 3) g(n);
create view v_sub as select s.id from (select id from words where low > 0) s where s.id > 0;
create view v_sample as select id from words tablesample system (100);
create view v_rollup as select state, kind, count(*) as n from words group by rollup (state, kind);
create view v_case as select id, case when low > 1 then 'more' else 'less' end as size, data ->> 'a' as a, word collate "C" as c from words where born > date '2000-01-01' and stamp at time zone 'utc' < now();
create view v_distinct as select distinct on (state) state, id from words order by state, id;
create view v_over as select id, loud from v_plain where next > 1;
create materialized view m_words as select state, array_agg(word order by word) as words from words group by state;
create function sql_body(n integer) returns bigint language sql stable begin atomic select count(*) from words where low > n; end;
create function sql_joined(n integer) returns table (a integer, b integer) language sql stable begin atomic select w.id, p.id from words w join parts p on p.word_id = w.id where w.low > n order by w.id; end;
create function sql_value(n integer, m integer default 2) returns integer language sql immutable return n * m;
create function touch() returns trigger language plpgsql as $$ begin new.stamp := now(); return new; end $$;
create trigger touch before update of word, state on words for each row when (old.word is distinct from new.word and new.state in ('new', 'old')) execute function touch();
alter table words enable row level security;
create policy mine on words using (state in ('new', 'old') and exists (select from parts where parts.word_id = words.id or words.low > 0)) with check (low > 0);
`;

const wordsOperations: Readonly<Record<string, readonly [sql: string, mode: 'read' | 'write']>> = {
  'words.add': [
    'insert into words (word, state) values (:word, :state) returning id, code, upper_word',
    'write',
  ],
  'words.put': [
    "insert into words (word, code) values (:word, :code) on conflict (code) where state <> 'old' do update set word = excluded.word",
    'write',
  ],
  'words.change': ['update words set word = :word, high = :high where id = :id', 'write'],
  'words.remove': ['delete from words where id = :id', 'write'],
  'parts.add': ['insert into parts (id, word_id) values (:id, :word)', 'write'],
  'parts.merge': [
    'merge into parts p using (select cast(:id as integer) as id) s on p.id = s.id when not matched then insert (id) values (s.id)',
    'write',
  ],
  'words.calls': ['select sql_body(:n) as a, sql_value(:n) as b, j.a as c from sql_joined(:n) j', 'read'],
  ...Object.fromEntries(
    [
      'v_plain',
      'v_group',
      'v_sets',
      'v_join',
      'v_using',
      'v_nested',
      'v_cte',
      'v_window',
      'v_lateral',
      'v_values',
      'v_series',
      'v_sub',
      'v_sample',
      'v_rollup',
      'v_case',
      'v_distinct',
      'v_over',
      'm_words',
    ].map((name) => [`views.${name}`, [`select * from ${name}`, 'read'] as const]),
  ),
};

const operations = {
  ...Object.fromEntries(
    Object.entries(broadSchemaOperations).map(([name, { sql, mode }]) => [name, anOperation(sql, mode)]),
  ),
  ...Object.fromEntries(
    Object.entries(wordsOperations).map(([name, [sql, mode]]) => [name, anOperation(sql, mode)]),
  ),
};

const role = 'versions_caller';

describe.each(['pglite', 'postgres-15', 'postgres-18'] as const)('a release that is cut on %s', (source) => {
  let checked: Checked;
  beforeAll(async () => {
    checked = await cutRelease(source, { sql: broadSchemaSql + wordsSql, operations });
  });

  it.each(engines.map((engine) => [engine.name, engine] as const))(
    'fits the same schema on %s, with nothing to say',
    async (_name, engine) => {
      const opened = await engine.open({ role });
      try {
        const [row] = await opened.owner(`${broadSchemaSql} ${wordsSql}; select current_schema() as schema`);
        await opened.owner(
          grantFixtureSql(engine.name === 'pglite' ? 'public' : role, row?.['schema'] ?? ''),
        );
        const verdict = await check(opened, checked);
        if (verdict.kind === 'unavailable' || verdict.kind === 'indeterminate')
          throw new Error(verdict.message);
        expect(verdict.findings.filter(({ code }) => code !== 'ENV003')).toEqual([]);
      } finally {
        await opened.close();
      }
    },
  );
});
