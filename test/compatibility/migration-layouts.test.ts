// The layouts of migration tools: which files a cut runs, in which order, and which half of them.
import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readMigrations, type ReadMigrations } from '../../src/compatibility/cut/read-migrations.ts';
import { takeUpHalf } from '../../src/compatibility/cut/up-half.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function read(files: Readonly<Record<string, string>>): Promise<ReadMigrations> {
  const directory = await mkdtemp(join(tmpdir(), 'stk-layout-'));
  folders.push(directory);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, 'migrations', path)), { recursive: true });
    await writeFile(join(directory, 'migrations', path), text);
  }
  return readMigrations(directory, { label: 'app', repository: directory });
}

/** What is run, without comments and empty lines. */
async function statements(files: Readonly<Record<string, string>>): Promise<string[]> {
  const found = await read(files);
  if (!found.ok) throw new Error(found.message);
  const lines = found.migrations.flatMap(({ sql }) => sql.split('\n'));
  return lines.filter((line) => line !== '' && !line.startsWith('--'));
}

describe('the half that makes something', () => {
  it.each([
    ['dbmate', '-- migrate:up transaction:false\ncreate a;\n\n-- migrate:down\ndrop a;\n'],
    [
      'goose',
      '-- +goose Up\n-- +goose StatementBegin\ncreate a;\n-- +goose StatementEnd\n-- +goose Down\ndrop a;\n',
    ],
    ['sql-migrate', '\n-- +migrate Up\ncreate a;\n-- +migrate Down\ndrop a;\n'],
    ['node-pg-migrate', '-- Up Migration\ncreate a;\n\n-- Down Migration\ndrop a;\n'],
    ['node-pg-migrate', '-- Down Migration\ndrop a;\n-- Up Migration\ncreate a;\n'],
    ['tern', 'create a;\n\n---- create above / drop below ----\n\ndrop a;\n'],
    [undefined, 'create a;\n-- a sentence on how to roll back: drop a;\n'],
  ])('of %s', (tool, text) => {
    const half = takeUpHalf(text);
    expect(half).toMatchObject({ ok: true, tool });
    const lines = half.ok ? half.sql.split('\n') : [];
    expect(lines.filter((line) => line !== '' && !line.startsWith('--'))).toEqual(['create a;']);
    // So that messages name the line of the file.
    expect(lines.indexOf('create a;')).toBe(text.split('\n').indexOf('create a;'));
  });

  it.each([
    ['create a;\n-- Down\ndrop a;\n', 2, 'looks like a mark'],
    ['create a;\n--- ROLLBACK ---\ndrop a;\n', 2, 'looks like a mark'],
    ['create a;\n--//@UNDO\ndrop a;\n', 2, 'looks like a mark'],
    ['create a;\n-- mytool:down\ndrop a;\n', 2, 'looks like a mark'],
    ['create a;\n-- +other Down\ndrop a;\n', 2, 'looks like a mark'],
    ['create a;\n/* down migration */\ndrop a;\n', 2, 'looks like a mark'],
    ['# --- !Downs\ndrop a;\n', 1, 'looks like a mark'],
    ['create a;\n-- Down Migration\ndrop a;\n', 1, 'there is SQL before the first mark of node-pg-migrate'],
    ['-- +goose Up\ncreate a;\n-- migrate:down\ndrop a;\n', 1, 'marks of dbmate and of goose'],
    ['-- +goose ENVSUB ON\n-- +goose Up\ncreate ${A};\n', 1, 'values of variables'],
  ])('%j is refused', (text, line, message) => {
    expect(takeUpHalf(text)).toMatchObject({ ok: false, line, message: expect.stringContaining(message) });
  });

  it('is without what pg_dump writes for psql', () => {
    const half = takeUpHalf('\\restrict aB3\n\ncreate a;\n\\unrestrict aB3\n');
    expect(half).toMatchObject({ ok: true, sql: '\n\ncreate a;\n\n' });
  });
});

describe('the files and their order', () => {
  it.each([
    [
      'Flyway: versions by number, the newest baseline, then what is repeatable',
      {
        'V1__a.sql': 'v1;',
        'V2__b.sql': 'v2;',
        'V2.1__c.sql': 'v2.1;',
        'V10__d.sql': 'v10;',
        'sub/V3__e.sql': 'v3;',
        'U10__d.sql': 'undo;',
        'R__views.sql': 'r;',
        'B2__base.sql': 'b2;',
        'afterMigrate.sql': 'callback;',
      },
      ['b2;', 'v2.1;', 'v3;', 'v10;', 'r;'],
      ['U10__d.sql', 'V1__a.sql, V2__b.sql, afterMigrate.sql'],
    ],
    [
      'Prisma: a folder each',
      {
        '20240102_b/migration.sql': 'b;',
        '20240101_a/migration.sql': 'a;',
        'migration_lock.toml': 'provider = "postgresql"',
      },
      ['a;', 'b;'],
      [],
    ],
    ['Diesel', { '1_a/up.sql': 'a;', '1_a/down.sql': 'drop;' }, ['a;'], ['1_a/down.sql']],
    [
      'golang-migrate: by number',
      { '10_b.up.sql': 'b;', '10_b.down.sql': 'drop;', '2_a.up.sql': 'a;', 'notes.sql': 'select 1;' },
      ['a;', 'b;'],
      ['10_b.down.sql', 'notes.sql'],
    ],
    [
      'dbmate: by name',
      { '2_b.sql': '-- migrate:up\nb;', '10_a.sql': '-- migrate:up\na;' },
      ['a;', 'b;'],
      [],
    ],
    ['plain files', { '1_a.sql': 'a;', '10_c.sql': 'c;', '2_scale_down.sql': 'b;' }, ['a;', 'b;', 'c;'], []],
  ])('%s', async (_what, files, expected, warned) => {
    expect(await statements(files)).toEqual(expected);
    const found = await read(files);
    expect(found.ok && found.warnings).toEqual(warned.map((names) => expect.stringContaining(names)));
  });

  it.each([
    [{ '1_a.sql': 'a;', '2_b.js': 'exports.up = 1' }, '2_b.js is a migration that is not SQL'],
    [{ 'a.sql': 'a;', '1_b/migration.sql': 'b;' }, 'two layouts'],
    [{ 'V1__a.sql': 'a;', 'V01__b.sql': 'b;' }, 'the same version'],
    [{ '1.sql': '-- migrate:up\na;', '2.sql': '-- +goose Up\nb;' }, 'files of dbmate and of goose'],
    [{ 'deploy/a.sql': 'a;', 'revert/a.sql': 'drop;' }, 'has no .sql file'],
    [{ '1.sql': 'a;\n-- undo\nb;' }, 'app/migrations/1.sql:2: "-- undo" looks like'],
  ])('%j is refused', async (files, message) => {
    expect(await read(files)).toEqual({ ok: false, message: expect.stringContaining(message) });
  });
});
