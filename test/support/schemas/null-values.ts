// Inputs that are required and never null, which the statement turns into NULL all the same, and changes that then fail.
import { write, type BreakingChange, type Fixture, type FixtureOperation } from '../check/fixture.ts';

const nullValuesSql = `
create table entries (id integer primary key, note text, amount integer, hint text, kind text not null default 'k');
create table kinds (id integer primary key, code text not null);
insert into entries (id, note, amount, hint) select n, 'note', 1, 'hint' from generate_series(1, 40) n;
insert into kinds values (1, 'one');
`;

const text = { type: 'string' };
const sending = (
  sql: string,
  input: FixtureOperation['input'],
  required: NonNullable<FixtureOperation['required']>,
): FixtureOperation => ({ ...write(sql, input), required });

/** An allowed value of the input is the NULL. */
const sent: Readonly<Record<string, FixtureOperation>> = {
  'note.insert': sending(
    "insert into entries (id, note) values (:id, nullif(:note, ''))",
    { id: 101, note: '' },
    { id: { type: 'integer' }, note: text },
  ),
  'note.nullif': sending(
    "update entries set note = nullif(:note, '') where id = 1",
    { note: '' },
    { note: text },
  ),
  'note.short': sending(
    "update entries set note = nullif(:note, 'none') where id = 2",
    { note: 'none' },
    { note: { type: 'string', minLength: 1, maxLength: 8, pattern: '^[a-z]+$' } },
  ),
  'note.trim': sending(
    "update entries set note = nullif(trim(cast(:note as text)), '') where id = 3",
    { note: '' },
    { note: text },
  ),
};

const amounts: Readonly<Record<string, FixtureOperation>> = {
  'amount.zero': sending(
    'update entries set amount = nullif(:amount::integer, 0) where id = 4',
    { amount: 0 },
    { amount: { type: 'integer', minimum: 0 } },
  ),
};

/** Rows and other values tell. */
const perhaps: Readonly<Record<string, FixtureOperation>> = {
  'hint.case': sending(
    "update entries set hint = case when :kind = 'a' then 'x' end where id = 5",
    { kind: 'b' },
    { kind: text },
  ),
  'hint.caseOfRow': write("update entries set hint = case kind when 'a' then 'x' end where id = 6"),
  'hint.lookup': sending(
    'update entries set hint = (select code from kinds where id = :kind) where id = 7',
    { kind: 99 },
    { kind: { type: 'integer' } },
  ),
  'hint.upper': sending(
    'update entries set hint = upper((select code from kinds where id = :kind)) where id = 8',
    { kind: 99 },
    { kind: { type: 'integer' } },
  ),
};

/** An engine that goes back tries each of them for every letter. */
const manyWays = `^(?:${'fghijklmnopqrstuvwxy'
  .split('')
  .map((last) => `[a-${last}]`)
  .join('|')})*!$`;
const kind = { type: 'string', enum: ['a', 'b'] };
const never: Readonly<Record<string, FixtureOperation>> = {
  'never.coalesce': sending(
    "update entries set note = coalesce(nullif(:note, ''), 'x'), hint = coalesce((select code from kinds where id = 99), 'y') where id = 11",
    { note: '' },
    { note: text },
  ),
  'never.covered': sending(
    "update entries set hint = case :kind when 'a' then 'x' when 'b' then 'y' end where id = 12",
    { kind: 'b' },
    { kind },
  ),
  'never.coveredFlag': sending(
    "update entries set hint = case when :flag then 'x' when not :flag then 'y' end where id = 13",
    { flag: true },
    { flag: { type: 'boolean' } },
  ),
  'never.else': sending(
    "update entries set hint = case when :kind = 'a' then 'x' else hint end where id = 14",
    { kind: 'b' },
    { kind: text },
  ),
  'never.enum': sending(
    "update entries set note = nullif(:kind, 'none') where id = 15",
    { kind: 'a' },
    { kind },
  ),
  'never.filled': sending(
    "update entries set note = nullif(:note, ''), hint = nullif(:day, '') where id = 16",
    { note: 'x', day: '2026-01-01' },
    { note: { type: 'string', minLength: 1 }, day: { type: 'string', format: 'date' } },
  ),
  'never.few': sending(
    "update entries set hint = case :size::integer when 1 then 'x' when 2 then 'y' end where id = 17",
    { size: 2 },
    { size: { type: 'integer', minimum: 1, maximum: 2 } },
  ),
  'never.found': write('update entries set hint = (select code from kinds limit 1) where id = 18'),
  'never.pattern': sending(
    "update entries set note = nullif(:note, '') where id = 21",
    { note: 'x' },
    { note: { type: 'string', pattern: '\\S' } },
  ),
  'never.patternOfManyWays': sending(
    "update entries set note = nullif(:note, 'aaaaaaaaaaaaaaaa') where id = 22",
    { note: 'b!' },
    { note: { type: 'string', pattern: manyWays } },
  ),
  'never.patternTooLarge': sending(
    "update entries set note = nullif(:note, '') where id = 23",
    { note: 'x' },
    { note: { type: 'string', pattern: `^(?:${'a?'.repeat(30)}){500}$` } },
  ),
  'never.positive': sending(
    'update entries set amount = nullif(:amount::integer, 0) where id = 19',
    { amount: 2 },
    { amount: { type: 'integer', exclusiveMinimum: 0 } },
  ),
  'never.row': sending(
    'update entries set hint = (select :note) where id = 20',
    { note: '' },
    { note: text },
  ),
};

export const nullValues: Fixture = {
  sql: nullValuesSql,
  operations: { ...sent, ...amounts, ...perhaps, ...never },
};

export const nullValuesBreaking: readonly BreakingChange[] = [
  {
    title: 'a column that takes no NULL, which an allowed text is',
    sql: 'alter table entries alter note set not null',
    says: [`INS002 public.entries.note: ${Object.keys(sent).sort().join(' ')}`],
  },
  {
    title: 'a column that takes no NULL, which an allowed number is',
    sql: 'alter table entries alter amount set not null, alter amount set default 1',
    says: ['INS002 public.entries.amount: amount.zero'],
  },
  {
    title: 'a column that takes no NULL, which rows and other values lead to',
    sql: "alter table entries alter hint set not null, alter hint set default 'x'",
    says: [`INS002 public.entries.hint: ${Object.keys(perhaps).sort().join(' ')}`],
    breaks: 'by value',
  },
];
