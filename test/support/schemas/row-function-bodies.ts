// A schema whose rows PostgreSQL fills and checks by functions that no statement names: in defaults, checks, generated
// columns, indexes, partition keys, domains, conditions of triggers and policies.
import { read, write, type Fixture } from '../check/fixture.ts';

const rowFunctionBodiesSql = `
create table code_prefixes (prefix text not null);
create table first_owners (name text not null);
create table zones (zone text primary key);
create table kinds (kind text primary key);
create table rates (kind text primary key, rate numeric not null);
create table slugs (sign text not null, becomes text not null);
create table listed (word text primary key);
create table regions (place text primary key, region text not null);
create table letters (letter text primary key);
create table clerks (name text not null);
create table watched (id integer primary key);
create table seals (id integer primary key);
create table stamps (id integer primary key);
create table lease_codes (code text not null);
create table hall_names (name text primary key);
create table extents (most numeric not null);
insert into code_prefixes values ('p');
insert into first_owners values ('crown');
insert into zones values ('north'), ('south');
insert into kinds values ('field'), ('wood');
insert into rates values ('field', 2);
insert into slugs values (' ', '-');
insert into regions values ('hill', 'upper'), ('shore', 'lower');
insert into letters values ('a'), ('b');
insert into clerks values ('ann');
insert into watched values (1);
insert into seals select n from generate_series(1, 20) n;
insert into stamps select n from generate_series(1, 20) n;
insert into extents values (1000);
insert into lease_codes values ('l');
create function next_code() returns text language plpgsql as $$ begin return (select prefix || '-x' from code_prefixes limit 1); end $$;
create function owner_name() returns text language sql as $$ select name from first_owners limit 1 $$;
create function is_zone(asked text) returns boolean language plpgsql as $$ begin return exists (select from zones z where z.zone = asked); end $$;
create function is_kind(asked text) returns boolean language plpgsql as $$ begin return exists (select from kinds k where k.kind = asked); end $$;
create function is_extent(area numeric) returns boolean language plpgsql strict as $$ begin return area < (select max(most) from extents); end $$;
create function tax_of(kind text, area numeric) returns numeric language plpgsql immutable as
  $$ begin return area * (select r.rate from rates r where r.kind = tax_of.kind); end $$;
create function slug_of(name text) returns text language plpgsql immutable as
  $$ begin return replace(name, (select sign from slugs), (select becomes from slugs)); end $$;
create function is_listed(name text) returns boolean language plpgsql immutable as
  $$ begin return exists (select from listed l where l.word = name); end $$;
create function region_of(asked text) returns text language plpgsql immutable as
  $$ begin return (select r.region from regions r where r.place = asked); end $$;
create function is_word(word text) returns boolean language plpgsql as
  $$ begin return word is null or exists (select from letters l where l.letter = left(word, 1)); end $$;
create function clerk() returns text language plpgsql as $$ begin return (select max(name) from clerks); end $$;
create function is_watched(asked integer) returns boolean language plpgsql as
  $$ begin return exists (select from watched w where w.id = asked); end $$;
create function is_sealed(asked integer) returns boolean language plpgsql stable as
  $$ begin return exists (select from seals s where s.id = asked); end $$;
create function is_stamped(asked integer) returns boolean language sql stable as
  $$ select exists (select from stamps s where s.id = asked) $$;
create function lease_code() returns text language plpgsql as $$ begin return (select max(code) from lease_codes); end $$;
create function hall_key(name text) returns boolean language plpgsql immutable as
  $$ begin return exists (select from hall_names h where h.name = hall_key.name); end $$;
create domain word as text check (is_word(value));
create domain entered as text default clerk();

create table parcels (id integer primary key, owner text, code text not null default next_code(), note text);
create table estates (id integer primary key, owner text not null default owner_name());
insert into parcels select n, 'o', 'c' from generate_series(1, 9) n;
create view parcel_list as select id, owner, code from parcels;
create view coded_parcels as select id, owner, code from parcels;
alter view coded_parcels alter column code set default 'given';

create table lots (id integer primary key, zone text not null constraint zoned check (id > 0 and is_zone(zone)), note text);
insert into lots select n, 'north' from generate_series(1, 9) n;
create table woods (id integer primary key, kind text not null check (kind = 'free' or is_kind(kind)), area numeric check (is_extent(area)));
insert into woods values (1, 'wood', 5), (2, 'free', 5);

create table fields (id integer primary key, kind text not null, area numeric not null, note text,
  tax numeric generated always as (tax_of(kind, area)) stored);
insert into fields select n, 'field', n from generate_series(1, 9) n;
create table plots (id integer primary key, name text not null, note text);
create index plot_slugs on plots (slug_of(name));
create index listed_plots on plots (id) where is_listed(name);
insert into plots select n, 'plot ' || n from generate_series(1, 9) n;
create table places (id integer not null, place text not null, note text) partition by list (region_of(place));
create table upper_places partition of places for values in ('upper');
create table other_places partition of places default;
insert into places values (1, 'hill', 'x'), (2, 'shore', 'x');
create table entries (id integer primary key, title word, clerk entered, note text);
insert into entries values (1, 'a'), (2, 'b');
create table marks (id integer primary key, note text);
insert into marks values (1), (2);
create table mark_log (id integer);
create function log_mark() returns trigger language plpgsql as $$ begin insert into mark_log values (new.id); return null; end $$;
create trigger logged after insert or update of note on marks for each row when (is_watched(new.id)) execute function log_mark();
create table leases (id integer primary key, code text default lease_code());
create table halls (id integer primary key, name text not null);
create index hall_keys on halls (hall_key(name));
insert into halls values (1, 'old'), (2, 'new');
create table deeds (id integer primary key, body text not null);
create table wills (id integer primary key, body text not null);
insert into deeds select n, 'deed' from generate_series(1, 9) n;
insert into wills select n, 'will' from generate_series(1, 9) n;
alter table deeds enable row level security;
alter table deeds force row level security;
alter table wills enable row level security;
alter table wills force row level security;
create policy seen on deeds for select using (true);
create policy sealed on deeds for update using (is_sealed(id));
create policy others on deeds for select to pg_monitor using (is_watched(id));
create policy added on deeds for insert with check (is_sealed(id));
create policy stamped on wills using (is_stamped(id));
`;

export const rowFunctionBodies: Fixture = {
  sql: rowFunctionBodiesSql,
  operations: {
    'deeds.add': write('insert into deeds (id, body) values (:id, :body)', { id: 11, body: 'new' }),
    'deeds.change': write('update deeds set body = :body where id = 1', { body: 'other' }),
    'deeds.get': read('select id, body from deeds where id = 3'),
    'deeds.merge': write(
      "merge into deeds d using (select 4 as id) s on d.id = s.id when matched then update set body = 'merged'",
    ),
    'deeds.take': write('select id from deeds where id = 3 for update'),
    'entries.add': write('insert into entries (id, title) values (:id, :title)', { id: 11, title: 'ab' }),
    'entries.addLarge': write('insert into entries (id, title) values (:id, lower(:title))', {
      id: 13,
      title: 'AB',
    }),
    'entries.addBy': write('insert into entries (id, clerk) values (:id, :clerk)', { id: 12, clerk: 'bob' }),
    'entries.copy': write(
      'insert into entries (id, title, clerk) select id + 20, title, clerk from entries where id = 1',
    ),
    'entries.note': write('update entries set note = :note where id = 1', { note: 'n' }),
    'entries.retitle': write('update entries set title = :title where id = 2', { title: 'bc' }),
    'estates.add': write('insert into estates (id) values (:id)', { id: 1 }),
    'fields.add': write('insert into fields (id, kind, area) values (:id, :kind, 3)', {
      id: 11,
      kind: 'field',
    }),
    'fields.note': write('update fields set note = :note where id = 1', { note: 'n' }),
    'fields.resize': write('update fields set area = area + 1 where id = 1'),
    'halls.keep': write('insert into halls (id, name) values (1, :name) on conflict (id) do nothing', {
      name: 'h',
    }),
    'halls.rename': write('update halls set name = :name where id = 2', { name: 'h' }),
    'leases.merge': write(
      'merge into leases l using (select 1 as id) s on l.id = s.id when not matched then insert (id) values (s.id)',
    ),
    'lots.add': write('insert into lots (id, zone) values (:id, :zone)', { id: 11, zone: 'south' }),
    'lots.drop': write('delete from lots where id = 2'),
    'lots.note': write('update lots set note = :note where id = 1', { note: 'n' }),
    'lots.put': write(
      'insert into lots (id, zone) values (:id, :zone) on conflict (id) do update set zone = excluded.zone',
      { id: 3, zone: 'south' },
    ),
    'marks.add': write('insert into marks (id) values (:id)', { id: 11 }),
    'marks.note': write('update marks set note = :note where id = 1', { note: 'n' }),
    'marks.number': write('update marks set id = 12 where id = 2'),
    'parcels.add': write('insert into parcels (id, owner) values (:id, :owner)', { id: 11, owner: 'a' }),
    'parcels.addByView': write('insert into parcel_list (id, owner) values (:id, :owner)', {
      id: 12,
      owner: 'a',
    }),
    'parcels.addCoded': write('insert into parcels (id, code) values (:id, :code)', { id: 13, code: 'z' }),
    'parcels.addDefault': write('insert into parcels (id, code) values (:id, default)', { id: 14 }),
    'parcels.addGiven': write('insert into coded_parcels (id, owner) values (:id, :owner)', {
      id: 15,
      owner: 'a',
    }),
    'parcels.addInQuery': write(
      'with added as (insert into parcels (id) values (:id) returning id) select id from added',
      { id: 16 },
    ),
    'parcels.merge': write(
      'merge into parcels p using (select cast(:id as integer) as id) s on p.id = s.id when matched then update set note = null when not matched then insert (id) values (s.id)',
      { id: 1 },
    ),
    'parcels.put': write(
      'insert into parcels (id, owner) values (:id, :owner) on conflict (id) do update set owner = excluded.owner',
      { id: 2, owner: 'b' },
    ),
    'parcels.recode': write('update parcels set code = default where id = 3'),
    'parcels.rename': write('update parcels set owner = :owner where id = 4', { owner: 'c' }),
    'places.add': write('insert into places (id, place) values (:id, :place)', { id: 11, place: 'hill' }),
    'places.list': read('select id from places where id < 10'),
    'plots.add': write('insert into plots (id, name) values (:id, :name)', { id: 11, name: 'plot new' }),
    'plots.keep': write('insert into plots (id, name) values (:id, :name) on conflict (id) do nothing', {
      id: 1,
      name: 'plot',
    }),
    'plots.rename': write('update plots set name = :name where id = 2', { name: 'plot 2' }),
    'wills.list': read('select id from wills where id < 10'),
    'wills.remove': write('delete from wills where id = 9'),
    'woods.add': write('insert into woods (id, kind, area) values (:id, :kind, :area)', {
      id: 11,
      kind: 'free',
      area: null,
    }),
  },
};
