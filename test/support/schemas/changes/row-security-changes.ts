// Changes of the policies: commands that nobody may run any more, and changes that leave the rows visible.
import type { BreakingChange, FixtureChange } from '../../check/fixture.ts';

/** The role is not a member of it, on any engine. */
const others = 'pg_monitor';

const inserts = [
  'patients.add',
  'patients.addBack',
  'patients.keep',
  'patients.keepAny',
  'patients.merge',
  'patients.mergeNew',
  'patients.put',
].join(' ');
const reads = [
  'patients.addBack',
  'patients.get',
  'patients.keep',
  'patients.merge',
  'patients.mergeNew',
  'patients.put',
  'patients.remove',
  'patients.rename',
  'patients.take',
].join(' ');

export const rowSecurityBreaking: readonly BreakingChange[] = [
  {
    title: 'no policy for INSERT',
    sql: 'drop policy added on patients',
    says: [
      'RLS002 public.patients: patients.get patients.remove patients.rename patients.take',
      `RLS003 public.patients: ${inserts}`,
    ],
    // A MERGE that meets its row updates it.
    breaks: 'by value',
  },
  {
    title: 'a policy for INSERT that lets nothing through',
    sql: 'alter policy added on patients with check (false)',
    says: [
      'RLS002 public.patients: patients.get patients.remove patients.rename patients.take',
      `RLS003 public.patients: ${inserts}`,
    ],
    breaks: 'by value',
  },
  {
    title: 'a policy for SELECT that is given to others',
    sql: `alter policy seen on patients to ${others}`,
    says: ['RLS002 public.patients: patients.add patients.keepAny', `RLS003 public.patients: ${reads}`],
    breaks: 'by value',
  },
  {
    title: 'a policy for UPDATE that is restrictive',
    sql: 'drop policy changed on patients; create policy changed on patients as restrictive for update using (id > 0)',
    says: [
      'RLS002 public.patients: patients.add patients.addBack patients.get patients.keep patients.keepAny patients.mergeNew patients.remove',
      'RLS003 public.patients: patients.merge patients.put patients.rename patients.take',
    ],
  },
  {
    title: 'a policy for UPDATE that says what may be written only',
    sql: 'drop policy changed on patients; create policy changed on patients for update with check (id > 0)',
    says: ['RLS003 public.patients: patients.merge patients.put patients.rename patients.take'],
  },
  {
    title: 'a policy for UPDATE that lets nothing be written, which a lock does not do',
    sql: 'alter policy changed on patients with check (false)',
    says: [
      'RLS002 public.patients: patients.add patients.addBack patients.get patients.keep patients.keepAny patients.mergeNew patients.remove patients.take',
      'RLS003 public.patients: patients.merge patients.put patients.rename',
    ],
    breaks: 'by value',
  },
  {
    title: 'a restrictive policy that lets nothing through',
    sql: 'create policy never on patients as restrictive for delete using (false)',
    says: [
      'RLS002 public.patients: patients.add patients.addBack patients.get patients.keep patients.keepAny patients.merge patients.mergeNew patients.put patients.rename patients.take',
      'RLS003 public.patients: patients.remove',
    ],
  },
  {
    title: 'no policy for what reads nothing',
    sql: 'drop policy every on beds; create policy every on beds for select using (true)',
    says: ['RLS003 public.beds: beds.clear beds.mark'],
  },
  {
    title: 'no policy behind a view with the rights of its caller',
    sql: 'drop policy shown on letters',
    says: ['RLS002 public.letters: letters.bodies', 'RLS003 public.letters: letters.add letters.list'],
    breaks: 'by value',
  },
  {
    title: 'another policy where DELETE met no row before',
    sql: 'alter policy shut on sealed using (true)',
    says: ['RLS002 public.sealed: sealed.list sealed.purge'],
    breaks: 'by value',
  },
  {
    title: 'one policy for every command in place of four',
    sql: 'drop policy seen on patients; drop policy added on patients; drop policy changed on patients; drop policy removed on patients; create policy every on patients using (true)',
    says: [
      'RLS002 public.patients: patients.add patients.addBack patients.get patients.keep patients.keepAny patients.merge patients.mergeNew patients.put patients.remove patients.rename patients.take',
    ],
    breaks: 'by value',
  },
];

export const rowSecurityHarmless: readonly FixtureChange[] = [
  {
    title: 'policies with other names',
    sql: 'alter policy seen on patients rename to visible; drop policy removed on patients; create policy gone on patients for delete using (id > 0)',
  },
  {
    title: 'row-level security switched off and on again',
    sql: 'alter table patients disable row level security; alter table patients enable row level security',
  },
];
