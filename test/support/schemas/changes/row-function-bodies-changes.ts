// Changes of what functions use that PostgreSQL calls for rows: those that break the release, and harmless ones.
import type { BreakingChange, FixtureChange } from '../../check/fixture.ts';

export const rowFunctionBodiesBreaking: readonly BreakingChange[] = [
  {
    title: 'a table that the function of a default reads, for those that leave the column out',
    sql: 'drop table code_prefixes',
    says: [
      'FUN005 public.next_code(): parcels.add parcels.addByView parcels.addDefault parcels.addInQuery parcels.merge parcels.put parcels.recode',
    ],
    // A MERGE that meets its row inserts none.
    breaks: 'by value',
  },
  {
    title: 'a column that the function of a default reads, where its own view has another',
    sql: 'alter table code_prefixes rename column prefix to start; alter view parcel_list alter column code set default next_code()',
    says: [
      'FUN005 public.next_code(): parcels.add parcels.addByView parcels.addDefault parcels.addInQuery parcels.merge parcels.put parcels.recode',
    ],
    breaks: 'by value',
  },
  {
    title: 'a table that the function of a default in SQL reads, which planning meets',
    sql: 'drop table first_owners',
    says: ['REL001 public.first_owners: estates.add'],
  },
  {
    title: 'a default that may not call its function',
    sql: `alter table parcels alter column code set default coalesce(nullif('', 'x'), next_code()); drop table code_prefixes`,
    says: [
      'FUN005 public.next_code(): parcels.add parcels.addByView parcels.addDefault parcels.addInQuery parcels.merge parcels.put parcels.recode',
    ],
    breaks: 'by value',
  },
  {
    title: 'a table that the function of a check reads, whatever an update assigns',
    sql: 'alter table zones rename to areas',
    says: ['FUN005 public.is_zone(text): lots.add lots.note lots.put'],
  },
  {
    title: 'a table that a check asks for some rows only',
    sql: 'drop table kinds',
    says: ['FUN005 public.is_kind(text): woods.add'],
    breaks: 'by value',
  },
  {
    title: 'a table that a check asks for values only',
    sql: 'drop table extents',
    says: ['FUN005 public.is_extent(numeric): woods.add'],
    breaks: 'by value',
  },
  {
    title: 'a column that the function of a generated column reads',
    sql: 'alter table rates drop column rate',
    says: ['FUN005 public.tax_of(text, numeric): fields.add fields.resize'],
  },
  {
    title: 'a table that the function of a generated column reads, before a trigger that may change all',
    sql: `create function keep_field() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger kept before update on fields for each row execute function keep_field(); drop table rates`,
    says: [
      'FUN005 public.tax_of(text, numeric): fields.add fields.note fields.resize',
      'TRG001 public.fields.kept: fields.note fields.resize',
    ],
  },
  {
    title: 'a table that the function of an index reads',
    sql: 'drop table slugs',
    says: ['FUN005 public.slug_of(text): plots.add plots.keep plots.rename'],
    // A row that comes into its page anew with the same keys needs no entries, nor does one that is not put in.
    breaks: 'by value',
  },
  {
    title: 'a table that the condition of an index asks for',
    sql: 'drop table listed',
    says: ['FUN005 public.is_listed(text): plots.add plots.keep plots.rename'],
    breaks: 'by value',
  },
  {
    title: 'a table that the function of a partition key reads',
    sql: 'drop table regions',
    says: ['FUN005 public.region_of(text): places.add'],
  },
  {
    title: 'a table that the check of a domain asks, where a value is converted to it',
    sql: 'drop table letters',
    says: [
      'FUN005 public.is_word(text): entries.addLarge entries.copy',
      'REL001 public.letters: entries.add entries.addBy entries.retitle',
    ],
    breaks: 'by value',
  },
  {
    title: 'a table that the default of a domain reads',
    sql: 'drop table clerks',
    says: ['FUN005 public.clerk(): entries.add entries.addLarge'],
  },
  {
    title: 'a table that the condition of a trigger asks',
    sql: 'drop table watched',
    says: ['FUN005 public.is_watched(integer): marks.add marks.note'],
  },
  {
    title: 'a table that policies ask, for their commands',
    sql: 'drop table seals',
    says: ['FUN005 public.is_sealed(integer): deeds.add deeds.change deeds.merge deeds.take'],
    breaks: 'by value',
  },
  {
    title: 'a table that a policy in SQL asks, which planning meets',
    sql: 'drop table stamps',
    says: ['REL001 public.stamps: wills.list wills.remove'],
  },
  {
    title: 'policies that ask no more, but that they are others',
    sql: 'alter policy sealed on deeds using (true); alter policy added on deeds with check (true); drop table seals',
    says: ['RLS002 public.deeds: deeds.add deeds.change deeds.get deeds.merge deeds.take'],
  },
  {
    title: 'a trigger that is switched off, but that it is',
    sql: 'alter table marks disable trigger logged; drop table watched',
    says: ['TRG001 public.marks.logged: marks.add marks.note marks.number'],
  },
];

export const rowFunctionBodiesHarmless: readonly FixtureChange[] = [
  {
    title: 'a default that calls its function no more',
    sql: "alter table parcels alter column code set default 'none'; drop table code_prefixes",
  },
  {
    title: 'a check that asks no more',
    sql: 'alter table lots drop constraint zoned; drop table zones',
  },
  {
    title: 'new columns, rows and functions behind bodies',
    sql: `alter table zones add note text; insert into letters values ('z'); alter table seals add constraint positive check (id > 0);
      create function next_code(prefix text) returns text language sql as $$ select prefix $$`,
  },
];
