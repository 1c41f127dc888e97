// Tables whose checks, indexes, generated columns, keys and triggers call functions when a row is written, and changes of
// those functions.
import { read, write, type BreakingChange, type Fixture, type FixtureChange } from '../check/fixture.ts';

const makeFunction = (name: string, result: 'integer' | 'boolean'): string =>
  `create function ${name}(value integer) returns ${result} language plpgsql immutable as
    $$ begin return value ${result === 'integer' ? '+ 1' : '> 0'}; end $$;`;

const rowFunctionsSql = `
drop schema if exists side cascade;
create schema side;
${makeFunction('checked', 'boolean')} ${makeFunction('defined', 'boolean')} ${makeFunction('generated', 'integer')}
${makeFunction('indexed', 'integer')} ${makeFunction('open_only', 'boolean')} ${makeFunction('placed', 'integer')}
${makeFunction('fires', 'boolean')} ${makeFunction('unused', 'boolean')} ${makeFunction('side.far', 'boolean')}
create function checked(value text) returns boolean language sql immutable as $$ select true $$;
create function same(a integer, b integer) returns boolean language plpgsql immutable as $$ begin return a = b; end $$;
create operator ~=~ (leftarg = integer, rightarg = integer, function = same);
create function keep() returns trigger language plpgsql as $$ begin return new; end $$;
create domain grain as integer check (defined(value));
create table checks (id integer primary key, a integer constraint checks_a check (checked(a)), b integer);
create table compared (id integer primary key, a integer constraint compared_a check (a ~=~ a));
create table far (id integer primary key, a integer check (side.far(a)));
create table generates (id integer primary key, a integer, b integer, g integer generated always as (generated(a)) stored);
create table shaped (id integer primary key, a integer, b integer, g integer generated always as (generated(a)) stored);
create trigger shaped before update on shaped for each row execute function keep();
create table indexes (id integer primary key, a integer, b integer, pad text);
create index indexes_a on indexes (indexed(a));
create table partials (id integer primary key, a integer, b integer);
create index partials_a on partials (a) where open_only(a);
create table parts (id integer not null, a integer) partition by range (placed(id));
create table parts_low partition of parts for values from (0) to (100);
create table parts_rest partition of parts default;
create table fired (id integer primary key, a integer, b integer);
create trigger fired before update of a on fired for each row when (fires(new.a)) execute function keep();
create table grains (id integer primary key, a grain, b integer);
insert into checks values (1, 1, 1), (2, 1, 1), (3, 1, 1);
insert into generates values (1, 1, 1), (2, 1, 1);
insert into shaped values (1, 1, 1);
insert into indexes select n, n, n, repeat('x', 400) from generate_series(1, 100) n;
insert into partials values (1, 1, 1);
insert into parts values (1, 1), (2, 1);
insert into fired values (1, 1, 1), (2, 1, 1);
insert into grains values (1, 1, 1), (2, 1, 1);
grant select, insert, update, delete on all tables in schema side to public;
`;

export const rowFunctions: Fixture = {
  sql: rowFunctionsSql,
  operations: {
    'checks.add': write('insert into checks (id, a) values (11, 1)'),
    'checks.remove': write('delete from checks where id = 2'),
    'checks.read': read('select a from checks where id = 3'),
    'checks.set': write('update checks set b = 2 where id = 1'),
    'compared.add': write('insert into compared values (11, 1)'),
    'far.add': write('insert into far values (11, 1)'),
    'fired.setA': write('update fired set a = 2 where id = 1'),
    'fired.setB': write('update fired set b = 2 where id = 2'),
    'generates.add': write('insert into generates (id, a) values (11, 1)'),
    'generates.setA': write('update generates set a = 2 where id = 1'),
    'generates.setB': write('update generates set b = 2 where id = 2'),
    'grains.add': write('insert into grains (id, a) values (11, 1)'),
    'grains.setB': write('update grains set b = 2 where id = 2'),
    'indexes.add': write('insert into indexes (id, a) values (111, 1)'),
    'indexes.grow': write("update indexes set pad = repeat('y', 900) where id = 51"),
    'indexes.setA': write('update indexes set a = 2 where id = 1'),
    'partials.add': write('insert into partials (id, a) values (11, 1)'),
    'partials.setA': write('update partials set a = 2 where id = 1'),
    'parts.add': write('insert into parts values (11, 1)'),
    'parts.set': write('update parts set a = 2 where id = 1'),
    'shaped.setB': write('update shaped set b = 2 where id = 1'),
  },
};

const revoke = (spelled: string): string => `revoke execute on function ${spelled} from public`;

export const rowFunctionsBreaking: readonly BreakingChange[] = [
  {
    title: 'a function of a check',
    sql: revoke('checked(integer)'),
    says: ['PRV004 public.checked: checks.add checks.set'],
  },
  {
    title: 'a function of a check that runs with the rights of its owner',
    sql: `${revoke('checked(integer)')}; alter function checked(integer) security definer`,
    says: ['PRV004 public.checked: checks.add checks.set'],
  },
  {
    title: 'a function behind an operator of a check',
    sql: revoke('same(integer, integer)'),
    says: ['PRV004 public.same: compared.add'],
  },
  {
    title: 'a function in a schema that the release does not name',
    sql: revoke('side.far(integer)'),
    says: ['PRV004 side.far: far.add'],
  },
  {
    title: 'a function of a generated column',
    sql: revoke('generated(integer)'),
    says: ['PRV004 public.generated: generates.add generates.setA shaped.setB'],
  },
  {
    title: 'a function of an index',
    sql: revoke('indexed(integer)'),
    // The row that grows finds no room in its page.
    says: ['PRV004 public.indexed: indexes.add indexes.grow indexes.setA'],
  },
  {
    title: 'a function of the condition of an index',
    sql: revoke('open_only(integer)'),
    says: ['PRV004 public.open_only: partials.add partials.setA'],
  },
  {
    title: 'a function of a partition key',
    sql: revoke('placed(integer)'),
    says: ['PRV004 public.placed: parts.add parts.set'],
  },
  {
    title: "a function of a trigger's condition",
    sql: revoke('fires(integer)'),
    says: ['PRV004 public.fires: fired.setA'],
  },
  {
    title: "a function of a domain's check, which plans tell",
    sql: revoke('defined(integer)'),
    says: ['PRV004 public.defined: grains.add'],
  },
  {
    title: 'two functions of one name, one of them called',
    sql: `${revoke('checked(integer)')}; ${revoke('checked(text)')}`,
    says: ['PRV004 public.checked: checks.add checks.set'],
  },
];

export const rowFunctionsHarmless: readonly FixtureChange[] = [
  { title: 'a function that nothing calls', sql: revoke('unused(integer)') },
  { title: 'another function of a name that a check calls', sql: revoke('checked(text)') },
  { title: 'the function of a trigger, which PostgreSQL asks for no right', sql: revoke('keep()') },
  {
    title: 'functions of a disabled trigger and of one for no write of the release',
    sql: `${revoke('unused(integer)')};
      create trigger off before update on fired for each row when (unused(new.a)) execute function keep();
      alter table fired disable trigger off;
      create trigger other before delete on fired for each row when (unused(old.a)) execute function keep()`,
  },
  {
    title: 'a function of an index that was never finished, into which PostgreSQL writes nothing',
    sql: `create index unfinished on checks (unused(a)); ${revoke('unused(integer)')};
      update pg_index set indisready = false, indisvalid = false where indexrelid = 'unfinished'::regclass`,
  },
  {
    title: 'a function of statistics',
    sql: `create statistics counted on (unused(a)), b from indexes; ${revoke('unused(integer)')}`,
  },
  {
    title: 'a function of a check that is not enforced',
    sql: `do $$ begin if current_setting('server_version_num')::int >= 180000 then
      execute 'alter table checks add check (unused(b)) not enforced'; end if; end $$; ${revoke('unused(integer)')}`,
  },
];
