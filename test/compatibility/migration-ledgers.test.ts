// Ledgers of migration tools. node-pg-migrate and Drizzle make theirs here themselves; those of Flyway, golang-migrate,
// Rails and Prisma, which are not small packages of npm, are made by the statements that their documentation gives.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import type { LedgerComparison } from '../../src/compatibility/migrations/compare-ledger.ts';
import { readMigrationFolder } from '../../src/compatibility/migrations/read-folder.ts';
import { readPosture } from '../../src/compatibility/migrations/read-posture.ts';
import type { MigrationSettings } from '../../src/model/migration.ts';
import {
  createTestDatabase,
  openPostgresAt,
  runSql,
  type TestDatabase,
} from '../support/databases/database.ts';
import { openPrisma } from '../support/databases/prisma-engine.ts';

const folders: string[] = [];
const databases: TestDatabase[] = [];
afterAll(async () => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  await Promise.all(databases.map((one) => one.drop()));
});

interface Place {
  readonly url: string;
  readonly root: string;
  readonly dir: string;
  put(files: Readonly<Record<string, string>>): Promise<void>;
  look(
    settings: Omit<MigrationSettings, 'dir' | 'table'> & { readonly table?: string },
  ): Promise<LedgerComparison['posture']>;
}

async function open(files: Readonly<Record<string, string>>, sql = ''): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'stk-ledger-'));
  folders.push(root);
  const database = await createTestDatabase(18, { sql });
  databases.push(database);
  const dir = join(root, 'migrations');
  const place: Place = {
    url: database.url,
    root,
    dir,
    async put(changed) {
      for (const [path, text] of Object.entries(changed)) {
        await mkdir(dirname(join(dir, path)), { recursive: true });
        await writeFile(join(dir, path), text);
      }
    },
    async look({ tool, table }) {
      const found = await readMigrationFolder(root, 'migrations');
      const opened = openPostgresAt(database.url);
      try {
        const settings = { dir: 'migrations', tool, table };
        return await opened.inspect(async (session) => (await readPosture(session, settings, found)).posture);
      } finally {
        await opened.close();
      }
    },
  };
  await place.put(files);
  return place;
}

const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);
const up = (sql: string, down = ''): string => `-- Up Migration\n${sql};\n-- Down Migration\n${down}\n`;

describe('the ledger of node-pg-migrate, made by itself', () => {
  let place: Place;
  const run = (count?: number) =>
    runner({
      databaseUrl: place.url,
      dir: place.dir,
      direction: 'up',
      migrationsTable: 'pgmigrations',
      ...(count === undefined ? {} : { count }),
      log: () => undefined,
    });
  beforeAll(async () => {
    place = await open({
      '1700000000001_base.sql': up('create table a (id bigint, note text)', 'drop table a;'),
      '1700000000002_more.sql': up('alter table a add b int', 'alter table a drop b;'),
      '1700000000003_less.sql': up('alter table a drop column note'),
      '1700000000004_code.js': 'exports.up = (pgm) => pgm.sql("select 1");\nexports.down = false;\n',
    });
  });

  it('is told apart from one that the tool has not made yet', async () => {
    const posture = await place.look({ tool: 'node-pg-migrate' });
    expect(posture.unreadable).toContain('there is no table pgmigrations');
    expect(posture.pending).toHaveLength(4);
  });

  it('tells what was applied, what is pending, and what that does', async () => {
    await run(2);
    const posture = await place.look({ tool: 'node-pg-migrate' });
    expect(posture).toMatchObject({ unreadable: undefined, changed: [], unknown: [], failed: [] });
    expect(names(posture.applied)).toEqual(['1700000000001_base', '1700000000002_more']);
    expect(posture.pending).toEqual([
      {
        name: '1700000000003_less',
        path: '1700000000003_less.sql',
        wayDown: 'no',
        losses: ['drops the column a.note'],
      },
      { name: '1700000000004_code', path: '1700000000004_code.js', wayDown: 'no', losses: undefined },
    ]);
  });

  it('names what was applied and has no file any more', async () => {
    await run(1);
    await rm(join(place.dir, '1700000000003_less.sql'));
    const posture = await place.look({ tool: 'node-pg-migrate' });
    expect(posture.unknown).toEqual(['1700000000003_less']);
    expect(names(posture.pending)).toEqual(['1700000000004_code']);
  });
});

describe('the ledger of Drizzle, made by itself', () => {
  it('tells applied, pending and changed by the journal', async () => {
    const entry = (idx: number, tag: string) => ({
      idx,
      version: '7',
      when: 1_700_000_000_000 + idx,
      tag,
      breakpoints: true,
    });
    const journal = (...tags: string[]): string =>
      JSON.stringify({ version: '7', dialect: 'postgresql', entries: tags.map((tag, i) => entry(i, tag)) });
    const place = await open({
      '0000_base.sql': 'create table a (id int);\n--> statement-breakpoint\ncreate table b (id int);\n',
      'meta/_journal.json': journal('0000_base'),
    });
    const client = new Client({ connectionString: place.url });
    await client.connect();
    await migrate(drizzle(client), { migrationsFolder: place.dir });
    await client.end();
    expect(names((await place.look({ tool: 'drizzle' })).applied)).toEqual(['0000_base']);
    await place.put({
      '0001_more.sql': 'truncate a;',
      'meta/_journal.json': journal('0000_base', '0001_more'),
    });
    const text = await readFile(join(place.dir, '0000_base.sql'), 'utf8');
    await place.put({ '0000_base.sql': `${text}-- edited\n` });
    const posture = await place.look({ tool: 'drizzle' });
    expect(names(posture.changed)).toEqual(['0000_base']);
    expect(posture.pending).toMatchObject([{ name: '0001_more', losses: ['empties the table a'] }]);
  });
});

describe('the ledger of Flyway', () => {
  const ddl = `create table "flyway_schema_history" ("installed_rank" int not null, "version" varchar(50),
    "description" varchar(200) not null, "type" varchar(20) not null, "script" varchar(1000) not null, "checksum" integer,
    "installed_by" varchar(100) not null, "installed_on" timestamp not null default now(), "execution_time" integer not null,
    "success" boolean not null);
    alter table "flyway_schema_history" add constraint "flyway_schema_history_pk" primary key ("installed_rank");
    create index "flyway_schema_history_s_idx" on "flyway_schema_history" ("success");`;
  const row = (
    rank: number,
    version: string | null,
    type: string,
    checksum: number | null,
    success = true,
  ): string =>
    `insert into flyway_schema_history values (${rank}, ${version === null ? 'null' : `'${version}'`}, 'all views', '${type}', 's',
      ${checksum ?? 'null'}, 'me', now(), 1, ${success});`;

  it('knows versions, undo, repeatable ones, failures and checksums of lines', async () => {
    // CRC-32 of "create table a (id int);" as Flyway adds up lines without their ends.
    const sum = -897341557;
    const place = await open(
      {
        'V1__a.sql': 'create table a (id int);\r\n',
        'V1.1__b.sql': 'create table b (id int);\n',
        'V2__c.sql': 'create table c (id int);\n',
        'U2__c.sql': 'drop table c;\n',
        'V3__d.sql': 'create table d (id int);\n',
        'R__all_views.sql': 'create or replace view v as select 1 as x;\n',
      },
      ddl +
        row(1, '01', 'SQL', sum) +
        row(2, '1.1', 'SQL', 7) +
        row(3, '2', 'SQL', null) +
        row(4, '2', 'UNDO_SQL', null) +
        row(5, '3', 'SQL', null, false) +
        row(6, null, 'SQL', 7) +
        row(7, '9', 'SQL', 7),
    );
    const posture = await place.look({ tool: 'flyway' });
    expect(names(posture.changed)).toEqual(['V1.1__b']);
    expect(names(posture.pending)).toEqual(['V2__c', 'V3__d', 'R__all_views']);
    expect(posture).toMatchObject({ unknown: ['9'], failed: ['V3__d'] });
    expect(posture.pending[0]).toMatchObject({ wayDown: 'yes' });
  });

  it.each(['BASELINE', 'SQL_BASELINE'])('takes what stands before a %s as applied', async (type) => {
    const place = await open(
      { 'V1__a.sql': 'select 1;', 'V2__b.sql': 'select 1;', 'V3__c.sql': 'select 1;' },
      ddl + row(1, '2', type, null),
    );
    expect(names((await place.look({ tool: 'flyway' })).pending)).toEqual(['V3__c']);
  });
});

describe('the ledger of golang-migrate', () => {
  it('holds one version, before which everything was applied, and whether it failed', async () => {
    const files = Object.fromEntries(
      ['000001_a', '000002_b', '000003_c'].flatMap((name) => [
        [`${name}.up.sql`, 'select 1;'],
        [`${name}.down.sql`, 'select 1;'],
      ]),
    );
    const ddl =
      'create table schema_migrations (version bigint not null primary key, dirty boolean not null);';
    const place = await open(files, `${ddl} insert into schema_migrations values (2, false);`);
    const posture = await place.look({ tool: 'golang-migrate' });
    expect(names(posture.applied)).toEqual(['000001_a', '000002_b']);
    expect(posture.pending).toMatchObject([{ name: '000003_c', wayDown: 'yes', losses: [] }]);
    await runSql(place.url, 'update schema_migrations set dirty = true');
    expect((await place.look({ tool: 'golang-migrate' })).failed).toEqual(['000002_b']);
  });
});

describe('the ledger of Rails', () => {
  it('holds versions; of programs only the way down is known', async () => {
    const place = await open(
      {
        '20260101000000_a.rb': 'class A < ActiveRecord::Migration[8.0]\n  def change\n  end\nend\n',
        '20260102000000_b.rb':
          'class B\n  def up\n  end\n  def down\n    raise ActiveRecord::IrreversibleMigration\n  end\nend\n',
      },
      `create table "schema_migrations" ("version" character varying not null primary key);
       create table "ar_internal_metadata" ("key" character varying not null primary key, "value" character varying,
         "created_at" timestamp(6) not null, "updated_at" timestamp(6) not null);
       insert into ar_internal_metadata values ('environment', 'production', now(), now());
       insert into schema_migrations values ('20260101000000');`,
    );
    const posture = await place.look({ tool: 'rails' });
    expect(names(posture.applied)).toEqual(['20260101000000_a']);
    expect(posture.pending).toMatchObject([{ name: '20260102000000_b', wayDown: 'no', losses: undefined }]);
  });
});

describe('the ledger of Prisma, made by its schema engine', () => {
  it('knows what finished, what was rolled back and what the file was', async () => {
    const files: Record<string, string> = {
      '20260101_a/migration.sql': 'create table a (id int);\n',
      '20260102_b/migration.sql': 'create table b (id int);\n',
      '20260103_c/migration.sql': 'create table c (id no_such_type);\n',
    };
    const place = await open({ 'migration_lock.toml': 'provider = "postgresql"\n', ...files });
    const prisma = await openPrisma(place.url);
    await expect(prisma.migrate(files)).rejects.toThrow('20260103_c');
    await place.put({
      '20260102_b/migration.sql': 'create table b (id bigint);\n',
      '20260104_d/migration.sql': 'drop table a;\n',
    });
    const posture = await place.look({ tool: 'prisma' });
    expect(posture).toMatchObject({ unreadable: undefined, failed: ['20260103_c'], unknown: [] });
    expect(names(posture.applied)).toEqual(['20260101_a', '20260102_b']);
    expect(names(posture.changed)).toEqual(['20260102_b']);
    expect(names(posture.pending)).toEqual(['20260103_c', '20260104_d']);
    await prisma.markRolledBack('20260103_c');
    expect(await place.look({ tool: 'prisma' })).toMatchObject({ failed: [], unknown: [] });
    // Repaired, it is applied: its first attempt stays in the ledger.
    const repaired = { ...files, '20260103_c/migration.sql': 'create table c (id int);\n' };
    await prisma.migrate(repaired);
    await place.put({ '20260103_c/migration.sql': 'create table c (id int);\n' });
    const after = await place.look({ tool: 'prisma' });
    expect(names(after.changed)).toEqual(['20260102_b']);
    expect(names(after.pending)).toEqual(['20260104_d']);
    await prisma.close();
  });
});

describe('a ledger of plain files', () => {
  it('is a table with names, and checksums where it has some', async () => {
    const place = await open(
      {
        '0001_a.sql': 'select 1;',
        '0002_b.sql': 'select 2;',
        '0003_c.sql': 'alter table t alter n type int;',
      },
      `create table t (n bigint); create schema ops; create table ops.done (filename text, sha256 text);
       insert into ops.done values ('0001_a.sql', encode(sha256('select 1;'), 'hex')), ('0002_b.sql', 'other');`,
    );
    const posture = await place.look({ tool: 'plain', table: 'ops.done' });
    expect(names(posture.applied)).toEqual(['0001_a', '0002_b']);
    expect(names(posture.changed)).toEqual(['0002_b']);
    expect(posture.pending).toMatchObject([{ losses: ['narrows t.n from bigint to int4'] }]);
  });

  it('is what dbmate writes', async () => {
    const place = await open(
      {
        '20260101_a.sql': '-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n',
        '20260102_b.sql': '-- migrate:up\nselect 1;\n',
      },
      `create table schema_migrations (version varchar(128) primary key); insert into schema_migrations values ('20260101');`,
    );
    const posture = await place.look({ tool: 'plain' });
    expect(names(posture.applied)).toEqual(['20260101_a']);
    expect(posture.pending).toMatchObject([{ name: '20260102_b', wayDown: 'no' }]);
  });

  it('that may not be read says what to grant', async () => {
    const place = await open({ '1.sql': 'select 1;' }, 'create table schema_migrations (version text);');
    await runSql(place.url, 'create role ledger_reader nologin').catch(() => undefined);
    const opened = openPostgresAt(place.url, { role: 'ledger_reader' });
    const settings = { dir: 'migrations', tool: 'plain', table: undefined } as const;
    const found = await readMigrationFolder(place.root, 'migrations');
    const { posture } = await opened.inspect((session) => readPosture(session, settings, found));
    await opened.close();
    expect(posture.unreadable).toContain('grant select on schema_migrations');
  });
});
