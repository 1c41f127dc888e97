// Changes that break the release over expressions, and harmless ones.
import { nullOperations } from '../expressions.ts';
import type { BreakingChange, FixtureChange } from '../../check/fixture.ts';

export const expressionsBreaking: readonly BreakingChange[] = [
  {
    title: 'a column that takes no NULL any more, whatever the NULL travels through',
    sql: 'alter table ships alter note set not null',
    says: [`INS002 public.ships.note: ${Object.keys(nullOperations).sort().join(' ')}`],
  },
  {
    title: 'a sequence that statements call and that is gone',
    sql: 'drop sequence berth_numbers',
    says: ['REL001 public.berth_numbers: berths.next'],
  },
  {
    title: 'a second result column of one name',
    sql: "alter table flags add column city text default 'other'",
    says: ['OPS004 flags.first.city: flags.first', 'OPS004 flags.last.city: flags.last'],
    breaks: 'by value',
  },
  {
    title: 'a function that takes calls with integers from the one with numerics',
    sql: 'create function levy(amount integer) returns numeric language sql immutable as $$ select 0::numeric $$',
    says: ['FUN002 public.levy: levy.cast levy.column levy.integer'],
  },
  {
    title: 'a function that is nearer in one argument of two',
    sql: 'create function levy(amount integer, percent integer) returns numeric language sql immutable as $$ select 0::numeric $$',
    says: ['FUN002 public.levy: levy.two'],
  },
  {
    title: 'keys with an expression and a condition, behind a column that is gone too',
    sql: 'drop index crews_email, crews_name; alter table crews rename column id to number',
    says: [
      'COL001 public.crews.id: crews.byEmail crews.byName',
      'KEY001 public.crews(lower(email)): crews.byEmail',
      'KEY001 public.crews(name): crews.byName',
    ],
  },
  {
    title: 'a rule in place of a delete',
    sql: 'create rule hush as on delete to ports do instead nothing',
    says: ['TRG001 public.ports.hush: ports.remove'],
    breaks: 'by value',
  },
  {
    title: 'a column that is gone beside keys that are there',
    sql: 'drop index crews_email; create unique index other on crews ((lower(email))); alter table crews rename column id to number',
    says: ['COL001 public.crews.id: crews.byEmail crews.byName'],
  },
];

export const expressionsHarmless: readonly FixtureChange[] = [
  {
    title: 'functions of a called name that take no call',
    sql: 'create function levy(amount text) returns numeric language sql immutable as $$ select 0::numeric $$; create function levy(amount date, percent integer) returns numeric language sql immutable as $$ select 0::numeric $$',
  },
  {
    title: 'a rule of another event, and one that is disabled',
    sql: 'create rule loud as on update to ports do also notify ports; create rule hush as on delete to ports do instead nothing; alter table ports disable rule hush',
  },
  { title: 'a further result column', sql: 'alter table flags add column weight integer' },
];
