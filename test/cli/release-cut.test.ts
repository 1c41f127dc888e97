// `stk release cut`: real git on both sides, real databases; what is written, committed, tagged, pushed and refused.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCut } from '../../src/app/compose-cut.ts';
import { openEmbedded } from '../../src/database/embedded/embedded-cluster.ts';
import { parseRelease } from '../../src/documents/release/parse-release.ts';
import type { Release } from '../../src/model/release.ts';
import { aSource, createApplication, customersSql, saveSql } from '../support/documents/application.ts';
import { realClock } from '../support/clock.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases/database.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { aProject } from '../support/documents/release.ts';
import { runStk, type StkRun } from '../support/hub/run-stk.ts';

const id = 'v1.0.0';
const path = `releases/${id}.yaml`;
const projectYaml = aProject({
  environments: { dev: { database: { urlFrom: 'DEV_URL' } }, local: { database: { embedded: true } } },
});

let database: TestDatabase;
const repos: TestRepo[] = [];
beforeAll(async () => {
  database = await createTestDatabase(18, { sql: customersSql });
});
afterAll(async () => {
  await database.drop();
  await Promise.all(repos.map((repo) => repo.remove()));
});

const keep = async (making: Promise<TestRepo>): Promise<TestRepo> => {
  const repo = await making;
  repos.push(repo);
  return repo;
};
const aConfigRepo = (): Promise<TestRepo> => keep(createTestRepo({ files: { 'stk.yaml': projectYaml } }));
const anApplication = (...args: Parameters<typeof createApplication>): Promise<TestRepo> =>
  keep(createApplication(...args));

interface CutRun {
  readonly config: TestRepo;
  readonly app: TestRepo;
  readonly variables?: Readonly<Record<string, string>>;
}

/** From the live database of dev, unless the options say `--from-migrations`. */
function cut({ config, app, variables = {} }: CutRun, ...options: readonly string[]): Promise<StkRun> {
  const all = { DEV_URL: database.url, ...variables };
  const fromMigrations = options.includes('--from-migrations');
  const rest = options.filter((option) => option !== '--from-migrations');
  return runStk(
    {
      directory: config.directory,
      variables: all,
      services: { cutRelease: (request) => runCut(request, { clock: realClock, variables: all }) },
    },
    'release',
    'cut',
    id,
    '--app',
    app.directory,
    ...(fromMigrations || rest.includes('--schema-from') ? [] : ['--schema-from', 'dev']),
    ...rest,
  );
}

async function makeFolder(folder: string): Promise<string> {
  await mkdir(folder);
  return folder;
}

async function readRelease(config: TestRepo): Promise<Release> {
  const parsed = parseRelease(await readFile(join(config.directory, path), 'utf8'), { file: path, id });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

describe('stk release cut', () => {
  it('commits one file, measured on the migrations, with the SQL of its files in it', async () => {
    const [config, app] = [
      await aConfigRepo(),
      await anApplication({ 'migrations/0001_customers.down.sql': 'drop table customers;' }),
    ];
    await config.write('notes.txt', 'mine');
    const run = await cut({ config, app }, '--from-migrations', '--json');
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining('0001_customers.down.sql')]);
    const revision = await config.revision();
    expect(run.json).toMatchObject({
      project: 'shop',
      release: id,
      ref: await app.revision(),
      path,
      already: false,
      committed: true,
      pushed: false,
      revision,
      tag: null,
      schema: { derived: true, tables: 1 },
      operations: 3,
    });
    expect(await config.git('log', '-1', '--format=%B')).toBe(
      `release: cut ${id}\n\nStk-Action: cut\nStk-Release: ${id}\nStk-Ref: ${await app.revision()}\n`,
    );
    expect(await config.git('show', '--name-only', '--format=')).toBe(path);
    expect(await config.git('status', '--porcelain')).toBe('?? notes.txt');
    const release = await readRelease(config);
    expect(release.operations.get('customers.save')).toMatchObject({ sql: saveSql, mode: 'write' });
    expect(release.schema.tables).toEqual(
      new Map([
        [
          'customers',
          {
            columns: new Map([
              ['id', { type: 'integer', nullable: false }],
              ['email', { type: 'text', nullable: false }],
            ]),
            unique: [['id']],
          },
        ],
      ]),
    );
    expect([...(release.contract?.operations.keys() ?? [])]).toEqual(['customers.get', 'customers.save']);
  }, 60_000);

  it('gives the same bytes for the same input, on migrations and on every live database', async () => {
    const app = await anApplication();
    const old = await createTestDatabase(15, { sql: customersSql });
    const state = await mkdtemp(join(tmpdir(), 'stk-state-'));
    const directory = join(state, 'embedded');
    const documents: string[] = [];
    const cutAnew = async (variables: Record<string, string>, ...options: string[]): Promise<void> => {
      const config = await aConfigRepo();
      const run = await cut({ config, app, variables }, ...options);
      if (run.exitCode !== 0) throw new Error(run.stderr);
      documents.push((await readFile(join(config.directory, path), 'utf8')).replace(/postgres: \d+/, ''));
    };
    try {
      const cluster = await openEmbedded({ directory, clock: realClock });
      const init = [{ path: 'customers.sql', sql: customersSql }];
      await cluster.database({ environment: 'local', init, limits: { statement: 10_000, lock: 2_000 } });
      const local = ['--schema-from', 'local', '--state', state];
      await cutAnew({}, ...local);
      await cluster.close();
      await cutAnew({}, ...local);
      await cutAnew({}, '--from-migrations');
      await cutAnew({});
      await cutAnew({ DEV_URL: old.url });
    } finally {
      await old.drop();
      await rm(state, { recursive: true, force: true });
    }
    expect(documents.map((document) => document === documents[0])).toEqual([true, true, true, true, true]);
  }, 120_000);

  it('says "already" for the same bytes and refuses others under the same id', async () => {
    const [config, app] = [await aConfigRepo(), await anApplication()];
    expect((await cut({ config, app })).exitCode).toBe(0);
    const revision = await config.revision();
    const again = await cut({ config, app }, '--json');
    expect([again.exitCode, again.json]).toEqual([
      0,
      expect.objectContaining({ already: true, committed: false, revision }),
    ]);
    await app.commit('feat: another', { 'release.yaml': aSource({ notes: 'Another.' }) });
    const other = await cut({ config, app });
    expect([other.exitCode, other.stderr]).toEqual([3, expect.stringContaining('use another id')]);
    const compared = await cut({ config, app }, '--dry-run');
    expect([compared.exitCode, compared.stderr]).toEqual([
      0,
      expect.stringContaining(`${id} is committed with other content`),
    ]);
    expect(compared.stdout).toContain('Another.');
    expect(await config.revision()).toBe(revision);
  });

  it('only writes the file with --no-commit, and commits what it wrote afterwards', async () => {
    const [config, app] = [await aConfigRepo(), await anApplication()];
    const before = await config.revision();
    expect((await cut({ config, app }, '--no-commit')).exitCode).toBe(0);
    expect([await config.revision(), await config.git('status', '--porcelain', '-uall')]).toEqual([
      before,
      `?? ${path}`,
    ]);
    const run = await cut({ config, app }, '--json');
    expect(run.json).toMatchObject({ committed: true });
    expect(await config.git('status', '--porcelain')).toBe('');
    await writeFile(join(config.directory, path), 'mine: true\n');
    expect((await cut({ config, app }, '--no-commit')).exitCode).toBe(3);
  });

  it('writes nothing with --dry-run and prints the document', async () => {
    const [config, app] = [await aConfigRepo(), await anApplication()];
    const run = await cut({ config, app }, '--dry-run');
    expect(run.exitCode).toBe(0);
    expect(parseRelease(run.stdout, { file: path, id }).ok).toBe(true);
    expect(await config.git('status', '--porcelain')).toBe('');
  });

  it('commits on the fetched tip, pushes and tags, where there is an upstream', async () => {
    const origin = await keep(createTestRepo({ bare: true, files: { 'stk.yaml': projectYaml } }));
    const [config, other, app] = [await origin.clone(), await origin.clone(), await anApplication()];
    await other.commit('chore: elsewhere', { 'README.md': 'hello' });
    await other.git('push', '--quiet');
    const run = await cut({ config, app }, '--tag', '--json');
    expect(run.json).toMatchObject({ committed: true, pushed: true, tag: id });
    const tip = await origin.revision('main');
    expect(await origin.revision(`refs/tags/${id}`)).toBe(tip);
    expect(await origin.git('cat-file', '-t', `refs/tags/${id}`)).toBe('tag');
    expect(await origin.git('log', '--format=%s', 'main')).toBe(
      `release: cut ${id}\nchore: elsewhere\nchore: start`,
    );
    const again = await cut({ config, app }, '--tag', '--json');
    expect([again.exitCode, again.json]).toEqual([0, expect.objectContaining({ already: true, tag: id })]);
  });

  it('refuses a tag that names something else before anything is written', async () => {
    const [config, app] = [await aConfigRepo(), await anApplication()];
    await config.git('tag', id);
    const before = await config.revision();
    const run = await cut({ config, app }, '--tag');
    expect([run.exitCode, run.stderr]).toEqual([3, expect.stringContaining(`the tag ${id} names`)]);
    expect(await config.revision()).toBe(before);
  });

  it('takes the time from --created-at, SOURCE_DATE_EPOCH, the ref, the clock, in this order', async () => {
    const [config, app] = [await aConfigRepo(), await anApplication()];
    const createdAt = async (variables: Record<string, string>, ...options: string[]): Promise<unknown> => {
      const run = await cut({ config, app, variables }, '--dry-run', '--json', ...options);
      return run.json;
    };
    const epoch = { SOURCE_DATE_EPOCH: '1700000000' };
    expect(await createdAt(epoch, '--created-at', '2026-01-02T03:04:05Z')).toMatchObject({
      createdAt: '2026-01-02T03:04:05Z',
    });
    expect(await createdAt(epoch)).toMatchObject({ createdAt: '2023-11-14T22:13:20Z' });
    const committed = new Date(Number(await app.git('log', '-1', '--format=%ct')) * 1000).toISOString();
    expect(await createdAt({})).toMatchObject({ createdAt: committed.replace('.000Z', 'Z') });
    expect(await createdAt({}, '--ref', 'build-7')).toMatchObject({ ref: 'build-7' });
    expect((await cut({ config, app, variables: { SOURCE_DATE_EPOCH: 'soon' } })).exitCode).toBe(2);
  });

  it('warns of what the ref does not hold', async () => {
    const [config, app] = [await aConfigRepo(), await anApplication()];
    await app.write('operations/save.sql', `${saveSql}-- changed`);
    const run = await cut({ config, app }, '--dry-run');
    expect(run.stderr).toContain('uncommitted changes');
    const refused = await cut({ config, app }, '--require-clean');
    expect([refused.exitCode, refused.stderr]).toEqual([3, expect.stringContaining('nothing was cut')]);
    expect(await config.git('ls-files')).not.toContain(path);
    await app.git('commit', '--quiet', '--all', '--message', 'saved');
    expect((await cut({ config, app }, '--require-clean', '--dry-run')).exitCode).toBe(0);
  });

  it('warns of another commit than the ref only where the folder differs between them', async () => {
    const [config, app] = [await aConfigRepo(), await anApplication()];
    const ref = await app.revision();
    const folder = join(app.directory, 'service');
    await app.git('mv', 'release.yaml', 'operations', 'migrations', await makeFolder(folder));
    const moved = await app.commit('refactor: one of several services');
    await app.commit('docs: elsewhere', { 'other/README.md': 'hello' });
    const inFolder = { config, app: { ...app, directory: folder } };
    expect((await cut(inFolder, '--dry-run', '--ref', moved)).stderr).not.toContain('checked out');
    expect((await cut(inFolder, '--dry-run', '--ref', ref)).stderr).toContain(`checked out, not ${ref}`);
  });

  it('says where release.yaml is wrong, all of it at once', async () => {
    const source = `operations:\n  a:\n    sql: select 1\n    retruns: one\n  b:\n    sql: { file: ../x.sql }\nrelease: v1\n`;
    const [config, app] = [await aConfigRepo(), await anApplication({ 'release.yaml': source })];
    const run = await cut({ config, app });
    expect(run.exitCode).toBe(3);
    for (const place of [
      'release.yaml:4:5: unknown key "retruns"',
      'release.yaml:6:18: "../x.sql"',
      'release.yaml:7:1: unknown key "release"',
    ])
      expect(run.stderr).toContain(place);
  });

  it('says what is wrong with a SQL file, at the line that names it', async () => {
    const [config, app] = [
      await aConfigRepo(),
      await anApplication({ 'operations/save.sql': 'insert into customers (id) valus (:id)' }),
    ];
    const run = await cut({ config, app });
    expect([run.exitCode, run.stderr]).toEqual([
      3,
      expect.stringMatching(/release\.yaml:\d+:\d+: the SQL is not valid: .*valus/),
    ]);
  });

  it('follows no link out of the application', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'stk-outside-'));
    try {
      await writeFile(join(outside, 'save.sql'), saveSql);
      const [config, app] = [await aConfigRepo(), await anApplication({ 'operations/save.sql': undefined })];
      await app.write('operations/keep', '');
      await symlink(join(outside, 'save.sql'), join(app.directory, 'operations/save.sql'));
      const run = await cut({ config, app });
      expect([run.exitCode, run.stderr]).toEqual([
        3,
        expect.stringContaining('operations/save.sql: it leads outside'),
      ]);
    } finally {
      await rm(outside, { recursive: true, force: true });
    }
  });

  it('names the line of a migration that fails', async () => {
    const [config, app] = [
      await aConfigRepo(),
      await anApplication({ 'migrations/0002_broken.sql': 'select 1;\n\nalter table nothing add x text;' }),
    ];
    const run = await cut({ config, app }, '--from-migrations');
    expect([run.exitCode, run.stderr]).toEqual([3, expect.stringContaining('0002_broken.sql:')]);
    expect(run.stderr).toContain('relation "nothing" does not exist');
  }, 60_000);

  it('tells which columns an author left undeclared, and for which operations', async () => {
    const schema = { tables: { customers: { columns: { id: { type: 'integer' } } } } };
    const [config, app] = [await aConfigRepo(), await anApplication({ 'release.yaml': aSource({ schema }) })];
    const run = await cut({ config, app }, '--json');
    expect([run.exitCode, run.stderr]).toEqual([
      3,
      expect.stringContaining('customers.email is used by customers.get, customers.save and not declared'),
    ]);
    expect(run.json).toMatchObject({
      error: { code: 'release-invalid', missing: [{ object: 'customers.email' }] },
      committed: false,
    });
  });

  it('shows an operation that does not fit as a finding', async () => {
    const [config, app] = [
      await aConfigRepo(),
      await anApplication({ 'operations/save.sql': 'update customers set mail = :email where id = :id' }),
    ];
    const run = await cut({ config, app });
    expect([run.exitCode, run.stderr]).toEqual([3, expect.stringContaining('COL001')]);
  });

  it('says why it cannot reach the environment whose schema it is to take', async () => {
    const [config, app] = [await aConfigRepo(), await anApplication()];
    const none = await cut(
      { config, app },
      '--schema-from',
      'local',
      '--state',
      join(config.directory, 'nowhere'),
    );
    expect([none.exitCode, none.stderr]).toEqual([
      5,
      expect.stringContaining('no embedded database of local'),
    ]);
    expect((await cut({ config, app, variables: { DEV_URL: '' } })).exitCode).toBe(2);
    expect((await cut({ config, app }, '--schema-from', 'nope')).exitCode).toBe(4);
  });
});
