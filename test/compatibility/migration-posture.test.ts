// Findings about migrations: what is wrong for a release, what waivers let through, and what the parser takes as a loss.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { compareLedger } from '../../src/compatibility/migrations/compare-ledger.ts';
import { findLosses } from '../../src/compatibility/migrations/find-losses.ts';
import { judgePosture } from '../../src/compatibility/migrations/judge-posture.ts';
import { plainEntry } from '../../src/compatibility/migrations/ledger.ts';
import { readMigrationSet } from '../../src/compatibility/migrations/migration-set.ts';
import { isNarrowing, type DeclaredType } from '../../src/compatibility/migrations/narrowing.ts';
import type { JudgedWaiver } from '../../src/model/migration.ts';
import { loadSqlParser } from '../../src/sql/pg-parser.ts';

beforeAll(() => loadSqlParser());

const now = Date.UTC(2026, 10, 30);
const settings = { dir: 'migrations', tool: 'golang-migrate', table: undefined } as const;
const files = [
  { path: '0041_a.up.sql', text: 'create table a (id int);' },
  { path: '0041_a.down.sql', text: 'drop table a;' },
  { path: '0042_b.up.sql', text: 'create table b (id int); drop table a;' },
  { path: '0043_c.up.sql', text: 'truncate b;' },
];

function judge(
  version: number | undefined,
  upTo: string | undefined,
  waivers: readonly Partial<JudgedWaiver>[] = [],
): string[] {
  const set = readMigrationSet(settings.tool, files);
  const entry = { ...plainEntry, key: String(version), name: String(version), coversEarlier: true };
  const ledger =
    version === undefined
      ? { ok: false as const, why: 'it is gone' }
      : { ok: true as const, entries: [entry] };
  const compared = compareLedger({ settings, set, ledger, types: new Map() });
  const judged = waivers.map((one) => ({
    migration: '',
    reason: 'x',
    until: undefined,
    refusal: undefined,
    ...one,
  }));
  const findings = judgePosture({ ...compared, environment: 'prod', upTo, waivers: judged, now });
  return findings.map(({ code, object }) => `${code} ${object}`);
}

describe('migrations judged for a release', () => {
  it.each([
    [43, '0043', []],
    [42, '42', []],
    [41, '0042_b', ['MIG001 0042_b', 'MIG005 0042_b', 'MIG006 0042_b']],
    [41, '0041', []],
    [41, undefined, ['MIG005 0042_b', 'MIG005 0043_c', 'MIG006 0042_b']],
    [42, '0099', ['MIG001 0099', 'MIG005 0043_c', 'MIG006 0043_c']],
    [77, '0041', ['MIG001 0041_a', 'MIG003 77']],
    [undefined, '0043', ['MIG004 schema_migrations']],
  ])('with version %s in the ledger and upTo %s', (version, upTo, expected) => {
    const found = judge(version, upTo);
    expect([...found].sort()).toEqual([...expected].sort());
  });

  it.each([
    ['one that counts', { migration: '0042' }, ['MIG001 0042_b']],
    ['its full name', { migration: '0042_b' }, ['MIG001 0042_b']],
    [
      'one that ended',
      { migration: '0042', until: now },
      ['MIG001 0042_b', 'MIG005 0042_b', 'MIG006 0042_b'],
    ],
    [
      'one of somebody without the role',
      { migration: '0042', refusal: 'no role' },
      ['MIG001 0042_b', 'MIG005 0042_b', 'MIG006 0042_b'],
    ],
    ['one of another migration', { migration: '0043' }, ['MIG001 0042_b', 'MIG005 0042_b', 'MIG006 0042_b']],
  ])('a waiver lets a way down and a loss pass: %s', (_, waiver, expected) => {
    expect(judge(41, '0042', [waiver])).toEqual(expected);
  });
});

describe('what a migration destroys', () => {
  it.each([
    ['drop table a, s.b', ['drops the table a', 'drops the table s.b']],
    ['create table n (i int); drop table n; truncate n', []],
    ['create table if not exists n (i int); drop table n', ['drops the table n']],
    ["-- drop table a\nselect 'truncate a'", []],
    ['alter table a drop column if exists c, add d int', ['drops the column a.c']],
    ['delete from a', ['deletes every row of a']],
    ['delete from a where id = 1', []],
    ['drop index i; drop view v; drop function f(int)', []],
    ['drop type t cascade', ['drops the type with everything that uses it: t']],
    ["do $$ begin execute 'drop table ' || t; end $$", ['runs a DO block that names DROP']],
    ['alter table a alter c type varchar(5)', ['narrows a.c from varchar(9) to varchar(5)']],
    ['alter table a alter c type text', []],
    ['alter table unknown alter c type varchar(5)', []],
  ])('%s', (sql, expected) => {
    const types = new Map([['a.c', { name: 'varchar', modifiers: [9], text: 'varchar(9)' }]]);
    expect(findLosses(sql, { created: new Set(), types })).toEqual(expected);
  });

  it('is not known of what does not parse', () => {
    expect(findLosses('drop tabel a', { created: new Set(), types: new Map() })).toBeUndefined();
  });
});

describe('a type that holds less', () => {
  const type = (text: string): DeclaredType => {
    const [, name = '', list = ''] = /^(\w+)(?:\(([\d,]*)\))?$/.exec(text) ?? [];
    return { name, modifiers: list === '' ? [] : list.split(',').map(Number), text };
  };
  it.each([
    ['int8', 'int4', true],
    ['int4', 'int8', false],
    ['numeric', 'numeric(10,2)', true],
    ['numeric(10,2)', 'numeric(12,2)', false],
    ['numeric(10,2)', 'numeric(11,4)', true],
    ['numeric(10,2)', 'numeric', false],
    ['float8', 'int4', true],
    ['varchar(9)', 'varchar(10)', false],
    ['text', 'varchar(10)', true],
    ['text', 'bpchar', true],
    ['timestamptz', 'date', true],
    ['timestamptz', 'timestamptz(3)', true],
    ['timestamp', 'timestamptz', false],
    ['date', 'timestamp', false],
  ])('%s to %s: %s', (from, to, expected) => {
    expect(isNarrowing(type(from), type(to))).toBe(expected);
  });
});
