// What a check knows of the inside of functions in SQL: rights of whom they run as, what is remembered, and when it is silent.
import { describe, expect, it } from '@jest/globals';
import { createCheckCache } from '../../../src/compatibility/check/check-cache.ts';
import type { MeasureRequest } from '../../../src/compatibility/measure/measure-baseline.ts';
import type { Finding } from '../../../src/model/finding.ts';
import { aMeasuredRelease, anOperation, check, type Checked } from '../../support/check/checked-release.ts';
import {
  describeOnChosenEngines,
  type OpenedDatabase,
  chosenServers,
} from '../../support/databases/database.ts';

type Operations = Readonly<Record<string, object>>;

const measure = (
  opened: OpenedDatabase,
  operations: Operations,
  told: Pick<MeasureRequest, 'calls'> = {},
): Promise<Checked> => aMeasuredRelease(opened, { schema: {}, operations }, told);

async function using(opened: OpenedDatabase, test: (opened: OpenedDatabase) => Promise<void>): Promise<void> {
  try {
    await test(opened);
  } finally {
    await opened.close();
  }
}

function say(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ code, severity }) => severity !== 'info' && code !== 'ENV003')
    .map(({ code, object, operations }) => `${code} ${object}: ${operations.join(' ')}`);
}

async function findingsOf(opened: OpenedDatabase, checked: Checked): Promise<readonly Finding[]> {
  opened.database.recycle();
  const verdict = await check(opened, checked);
  if (!('fingerprint' in verdict)) throw new Error(verdict.message);
  return verdict.findings;
}

const notes = `
create table notes (id integer primary key, "What" text);
create table "More Notes" (id integer primary key);
create function count_notes() returns bigint language sql as $$ select 1; select count(*) from notes $$;`;

describeOnChosenEngines('a verdict that is remembered', (engine) => {
  it('is forgotten when a table goes that only the body of a function names', async () => {
    await using(await engine.open({ sql: notes }), async (opened) => {
      const checked = await measure(opened, { count: anOperation('select count_notes() as n') });
      const settings = { cache: createCheckCache() };
      expect((await check(opened, checked, settings)).kind).toBe('compatible');
      await opened.owner('drop table notes');
      opened.database.recycle();
      const verdict = await check(opened, checked, settings);
      if (verdict.kind !== 'incompatible') throw new Error(verdict.kind);
      expect(say(verdict.findings)).toEqual(
        ['FUN005 public.count_notes(): count'].map((one) => inSchema(verdict.findings, one)),
      );
    });
  });

  it('is forgotten when one goes that a body names only since it was replaced', async () => {
    await using(await engine.open({ sql: notes }), async (opened) => {
      const checked = await measure(opened, { count: anOperation('select count_notes() as n') });
      const settings = { cache: createCheckCache() };
      await opened.owner(
        'create or replace function count_notes() returns bigint language sql as $$ select 1; select count(*) from "More Notes" $$',
      );
      expect(await check(opened, checked, settings)).toMatchObject({ kind: 'compatible' });
      await opened.owner('alter table "More Notes" rename to fewer');
      opened.database.recycle();
      expect((await check(opened, checked, settings)).kind).toBe('incompatible');
    });
  });
});

/** The embedded engine's schema has a name of its own. */
function inSchema(findings: readonly Finding[], expected: string): string {
  const [schema = 'public'] = (findings[0]?.object ?? '').split('.');
  return expected.replace('public.', `${schema}.`);
}

describeOnChosenEngines('the check of the inside of functions', (engine) => {
  it('is silent of a body that could not be run at the cut either', async () => {
    await using(await engine.open({ sql: notes }), async (opened) => {
      await opened.owner(
        `set check_function_bodies = off;
         create function count_passing() returns bigint language sql as $$ select 1; select count(*) from passing $$`,
      );
      const checked = await measure(opened, { passing: anOperation('select count_passing() as n') });
      expect(checked.release.contract?.bodies).toEqual([]);
      expect(say(await findingsOf(opened, checked))).toEqual([]);
    });
  });

  it('is silent of a release that was cut before such bodies were measured', async () => {
    await using(await engine.open({ sql: notes }), async (opened) => {
      const measured = await measure(opened, { count: anOperation('select count_notes() as n') });
      const contract = measured.release.contract;
      if (contract === undefined) throw new Error('no contract');
      await opened.owner('drop table notes');
      const old = { ...measured.release, contract: { ...contract, bodies: [] } };
      expect(say(await findingsOf(opened, { ...measured, release: old }))).toEqual([]);
    });
  });

  it('knows which of several functions of a name is called', async () => {
    const sql = `${notes}
      create function size_of(a integer) returns bigint language sql as $$ select 1; select count(*) from notes $$;
      create function size_of(a text) returns bigint language sql as $$ select 1; select count(*) from "More Notes" $$;`;
    await using(await engine.open({ sql }), async (opened) => {
      const operations = {
        numbers: anOperation('select size_of(1) as n'),
        texts: anOperation("select size_of('a'::text) as n"),
      };
      const calls = new Map([
        ['numbers', ['size_of(integer)']],
        ['texts', ['size_of(text)']],
      ]);
      const sure = await measure(opened, operations, { calls });
      const unsure = await measure(opened, operations);
      await opened.owner('drop table "More Notes"');
      const findings = await findingsOf(opened, sure);
      expect(say(findings)).toEqual([inSchema(findings, 'FUN005 public.size_of(text): texts')]);
      expect(say(await findingsOf(opened, unsure))).toEqual([]);
    });
  });

  it('takes a column for what it is where an argument has its name', async () => {
    const sql = `${notes} insert into notes values (1, 'a');
      create function find_note(id integer, "What" text default 'x') returns text language sql as $$
        select 1; select n."What" || "What" from notes n where id = find_note.id and find_note."What" <> '' $$;`;
    await using(await engine.open({ sql }), async (opened) => {
      const checked = await measure(opened, { find: anOperation('select find_note(:id) as n') });
      expect(checked.release.contract?.bodies).toEqual(['find_note(integer, text)']);
      await opened.owner('alter table notes rename column id to number');
      const findings = await findingsOf(opened, checked);
      // Now it is the argument that `id` means: PostgreSQL runs it.
      expect(say(findings)).toEqual([]);
      await opened.owner('alter table notes rename column "What" to what');
      const broken = await findingsOf(opened, checked);
      expect(say(broken)).toEqual([inSchema(broken, 'FUN005 public.find_note(integer, text): find')]);
    });
  });
});

const vault = `
create schema vault;
revoke all on schema vault from public;
do $$ begin create role vault_owner nologin; exception when duplicate_object or unique_violation then null; end $$;
grant usage, create on schema vault, public to vault_owner;
create table vault.secrets (id integer primary key, secret text not null);
create table vault.hints (id integer primary key, hint text not null);
create table open_notes (id integer primary key, note text, hidden text);
grant select, insert on vault.secrets, vault.hints to vault_owner;
grant select, insert on open_notes to caller;
create function inner_note(id integer) returns text language plpgsql as $$ begin return 'x'; end $$;
revoke execute on function inner_note(integer) from public;
grant execute on function inner_note(integer) to caller;
create function secret_of(id integer) returns text language sql security definer as $$ select 1; select secret from vault.secrets s where s.id = $1 $$;
create function hint_of(id integer) returns text language sql security definer set search_path = vault, pg_temp as $$ select 1; select hint from hints h where h.id = $1 $$;
create function note_of(id integer) returns text language sql as $$ insert into open_notes (id, note) values (id, inner_note(id)); select note from open_notes o where o.id = note_of.id $$;
create function notes_inside() returns bigint language sql begin atomic; select 1; select count(note) from open_notes; end;
create sequence vault.numbers;
grant usage on sequence vault.numbers to vault_owner;
create schema vault_owner authorization vault_owner;
create table vault_owner.mine (id integer primary key);
alter table vault_owner.mine owner to vault_owner;
create function next_number() returns bigint language sql security definer as $$ select 1; select nextval('vault.numbers') $$;
alter function next_number() owner to vault_owner;
set check_function_bodies = off;
create function count_mine() returns bigint language sql security definer as $$ select 1; select count(*) from mine $$;
alter function count_mine() owner to vault_owner;
alter function count_mine() set search_path = "$user", pg_temp;
create function notes_there() returns bigint language sql set search_path = public as $$ select 1; select count(*) from open_notes $$;
alter function secret_of(integer) owner to vault_owner;
alter function hint_of(integer) owner to vault_owner;
`;

const vaultOperations = {
  hint: anOperation('select hint_of(:id) as hint'),
  inside: anOperation('select notes_inside() as n'),
  mine: anOperation('select count_mine() as n'),
  next: anOperation('select next_number() as n', 'write'),
  note: anOperation('select note_of(:id) as note', 'write'),
  secret: anOperation('select secret_of(:id) as secret'),
  there: anOperation('select notes_there() as n'),
};

const cases: readonly (readonly [
  title: string,
  sql: string,
  says: readonly string[],
  suggests: readonly string[],
])[] = [
  ['nothing that changed', 'select 1', [], []],
  [
    'a right that no body needs',
    'revoke insert on vault.secrets from vault_owner; revoke select on vault.hints from caller',
    [],
    [],
  ],
  [
    'a table that the caller may not even see',
    'drop table vault.secrets',
    ['FUN005 public.secret_of(integer): secret'],
    [],
  ],
  [
    'one found by a search_path of the function',
    'alter table vault.hints rename to tips',
    ['FUN005 public.hint_of(integer): hint'],
    [],
  ],
  [
    'a right of the owner',
    'revoke select on vault.secrets from vault_owner',
    ['FUN005 public.secret_of(integer): secret'],
    ['grant select on vault.secrets to vault_owner;'],
  ],
  [
    'a schema of the owner',
    'revoke usage on schema vault from vault_owner',
    [
      'FUN005 public.hint_of(integer): hint',
      'FUN005 public.next_number(): next',
      'FUN005 public.secret_of(integer): secret',
    ],
    [],
  ],
  [
    'a right of the caller',
    'revoke select on open_notes from caller',
    [
      'FUN005 public.note_of(integer): note',
      'FUN005 public.notes_inside(): inside',
      'FUN005 public.notes_there(): there',
    ],
    [
      'grant insert, select on public.open_notes to caller;',
      'grant select on public.open_notes to caller;',
      'grant select on public.open_notes to caller;',
    ],
  ],
  [
    'a right on a column',
    'revoke select on open_notes from caller; grant select (id, hidden) on open_notes to caller',
    ['FUN005 public.note_of(integer): note', 'FUN005 public.notes_inside(): inside'],
    ['grant insert, select on public.open_notes to caller;', 'grant select on public.open_notes to caller;'],
  ],
  [
    'a right on a column that no body needs',
    'revoke select on open_notes from caller; grant select (id, note) on open_notes to caller',
    [],
    [],
  ],
  [
    'a function that a body calls',
    'revoke execute on function inner_note(integer) from caller',
    ['FUN005 public.note_of(integer): note'],
    [],
  ],
];

describe('the check of whose rights functions run with', () => {
  for (const engine of chosenServers) {
    it.each(cases)(`tells %s on ${engine.name}`, async (_title, change, says, suggests) => {
      await using(await engine.open({ sql: vault, role: 'caller' }), async (opened) => {
        const checked = await measure(opened, vaultOperations);
        await opened.owner(change);
        const findings = await findingsOf(opened, checked);
        expect(say(findings)).toEqual(says);
        expect(findings.flatMap(({ migration }) => migration ?? [])).toEqual(suggests);
        for (const [name, statement] of checked.statements) {
          const outcome = await opened.database.execute({
            statement: {
              name: `f_${name}`,
              text: statement.text,
              mode: name === 'note' || name === 'next' ? 'write' : 'read',
            },
            values: statement.parameters.map(() => 1),
            claims: undefined,
            wants: 'rows',
            maxRows: 10,
          });
          const isSaid = findings.some(({ operations }) => operations.includes(name));
          expect([name, outcome.kind]).toEqual([name, isSaid ? 'sql-error' : 'done']);
        }
      });
    });
  }
});

describe('what a statement and a body meet alike', () => {
  it.each(chosenServers)('is one finding on $name, unless the body lacks more', async (engine) => {
    await using(await engine.open({ sql: vault, role: 'caller' }), async (opened) => {
      const checked = await measure(opened, {
        ...vaultOperations,
        open: anOperation('select note from open_notes'),
      });
      await opened.owner('revoke select on open_notes from caller');
      expect(say(await findingsOf(opened, checked))).toEqual([
        'FUN005 public.note_of(integer): note',
        'PRV002 public.open_notes: inside open there',
      ]);
    });
  });
});

const slowNotes = `
create table notes (id integer primary key);
create function first_note() returns integer language plpgsql immutable as $$ begin return 1; end $$;
create function in_plpgsql() returns bigint language plpgsql as $$
begin
  return (select count(*) from notes where id = first_note());
end $$;
create function in_sql() returns bigint language sql as $$ select 1; select count(*) from notes where id = first_note() $$;`;

describe.each(chosenServers)('a time limit on $name', (engine) => {
  it('is a warning where a statement of a body has no plan by then, and the release is judged', async () => {
    await using(await engine.open({ sql: slowNotes, limits: { statement: 6_000 } }), async (opened) => {
      const checked = await measure(opened, {
        one: anOperation('select in_plpgsql() as n'),
        two: anOperation('select in_sql() as n'),
      });
      await opened.owner(
        `create or replace function first_note() returns integer language plpgsql immutable as $$ begin perform pg_sleep(600); return 1; end $$`,
      );
      opened.database.recycle();
      const cache = createCheckCache();
      const verdict = await check(opened, checked, { cache });
      if (verdict.kind !== 'compatible') throw new Error(verdict.kind);
      const { fingerprint, findings } = verdict;
      const told = findings.filter(({ code }) => code === 'FUN005');
      // What came after it was not planned either.
      expect(told.map(({ object, severity }) => `${object} ${severity}`)).toEqual(
        expect.arrayContaining(['public.in_plpgsql() warn', 'public.in_sql() warn']),
      );
      for (const { actual, hint } of told) {
        expect(actual).toContain('57014');
        expect(hint).toContain('EXPLAIN');
      }
      // At the next look it may be planned in time.
      expect(cache.get(fingerprint, 'd')).toBeUndefined();
      expect(await check(opened, checked, { strict: true })).toMatchObject({
        kind: 'indeterminate',
        reason: 'timeout',
      });
    });
  });
});
