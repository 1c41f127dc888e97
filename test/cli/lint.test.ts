// `stk lint`: what it finds in a work tree and in a branch, where, and with which exit code; nothing but git is asked.
import { afterEach, afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
// Loaded before the first command: jest loses a module that two dynamic imports ask for at once.
import '../../src/cli/commands/lint.ts';
import '../../src/cli/repo/open-local-repo.ts';
import '../../src/documents/edit-pointer.ts';
import '../../src/git/git-config-repo.ts';
import '../../src/promotion/pointer-file.ts';
import { createReleaseLinter } from '../../src/app/compose-lint.ts';
import { initFiles } from '../../src/cli/repo/init-files.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import type { DocumentProblem } from '../../src/model/problem.ts';
import { runStk, type StkRun } from '../support/hub/run-stk.ts';

const linter = createReleaseLinter();
const files = initFiles({ project: 'shop', createdAt: '2026-11-21T08:00:00Z', command: 'stk' });
const release = 'releases/v1.1.0.yaml';
const text = files.get(release) ?? '';

describe('stk lint', () => {
  let repo: TestRepo;
  beforeEach(async () => {
    repo = await createTestRepo({ files: Object.fromEntries(files) });
  });
  afterEach(() => repo.remove());
  afterAll(() => linter.close());

  const lint = (...argv: readonly string[]): Promise<StkRun> =>
    runStk(
      { directory: repo.directory, services: { lintRelease: (one) => linter.lint(one) } },
      'lint',
      ...argv,
    );

  it('finds nothing in what init writes', async () => {
    const run = await lint();
    expect([run.exitCode, run.stdout, run.stderr]).toEqual([0, '5 files: no problem\n', '']);
    expect((await lint('--json')).json).toEqual({ problems: [], files: 5 });
  });

  it('warns of what stk.yaml may not mean, and refuses records on the branch of stk.yaml itself', async () => {
    const stk = files.get('stk.yaml') ?? '';
    const people = 'people: { boss: [a@example.com] }\nhotfix: { approvals: { role: boss, count: 1 } }\n';
    await repo.write('stk.yaml', `${stk}${people}`);
    const run = await lint('--json');
    expect([run.exitCode, run.json]).toMatchObject([0, { problems: [], warnings: [{ file: 'stk.yaml' }] }]);
    expect(run.stderr).toMatch(/^warning: stk\.yaml:\d+:\d+: /);
    await repo.write('stk.yaml', `${stk}records: { branch: main }\n`);
    expect((await lint()).stdout).toBe(
      'stk.yaml:1:1: records.branch is main, the branch of stk.yaml itself; records need a separate branch\n',
    );
  });

  it('names each problem with its file, line and column', async () => {
    await repo.write('environments/prod.yaml', '# here\nrelease: v1.0.1\n');
    await repo.write('environments/PROD.yaml', 'release: v1.0.0\n');
    await repo.write('freezes/winter.yaml', 'freeze: winter\nreason: holidays\nenvironments: [prodd]\n');
    await repo.write('vetoes/v1.1.1.yaml', 'veto: v1.1.1\nreason: no\n');
    await repo.write('vetoes/v1.1.0.yml', 'reason: no\n');
    await repo.write('releases/v3.yaml', text);
    const run = await lint();
    expect(run.exitCode).toBe(3);
    expect(run.stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^environments\/PROD\.yaml:1:1: stk\.yaml has no environment "PROD"/),
      expect.stringMatching(/^environments\/prod\.yaml:2:10: there is no releases\/v1\.0\.1\.yaml.*v1\.0\.0/),
      expect.stringMatching(/^freezes\/winter\.yaml:3:16: there is no environment "prodd"/),
      expect.stringMatching(/^releases\/v3\.yaml:3:10: the release id "v1\.1\.0" differs from the file name/),
      expect.stringMatching(/^vetoes\/v1\.1\.0\.yml:1:1: stk reads only files that end in \.yaml/),
      expect.stringMatching(/^vetoes\/v1\.1\.1\.yaml:1:1: there is no releases\/v1\.1\.1\.yaml/),
    ]);
  });

  it('reads waivers, and warns of one that has ended or names no migration', async () => {
    const stk = files.get('stk.yaml') ?? '';
    const prod = /^  prod:\n/m;
    expect(stk).toMatch(prod);
    await repo.write(
      'stk.yaml',
      stk.replace(prod, '  prod:\n    migrations: { dir: db/migrate, tool: flyway }\n'),
    );
    await repo.write('db/migrate/V0042__drop_tier.sql', 'drop table tier;\n');
    await repo.write('db/migrate/more/20260101_a/migration.sql', 'select 1;\n');
    await repo.write('waivers/42.yaml', 'migration: "42"\nreason: nobody reads it\nuntil: 2020-12-31\n');
    await repo.write('waivers/20260101_a.yaml', 'migration: 20260101_a\nreason: none\n');
    await repo.write('waivers/20260102.yaml', '# typo\nmigration: "20260102"\nreason: none\n');
    await repo.write('waivers/0043.yaml', 'migration: "0044"\nreson: none\nuntil: soon\n');
    const run = await lint('--json');
    expect(run.exitCode).toBe(3);
    const { problems, warnings } = run.json as Record<'problems' | 'warnings', readonly DocumentProblem[]>;
    const said = (list: readonly DocumentProblem[]): string[] =>
      list.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
    expect(said(problems)).toEqual([
      expect.stringMatching(/^waivers\/0043\.yaml:1:1: .*reason/),
      expect.stringMatching(/^waivers\/0043\.yaml:1:12: "0044" differs from the file name/),
      expect.stringMatching(/^waivers\/0043\.yaml:2:1: .*reson/),
      expect.stringMatching(/^waivers\/0043\.yaml:3:8: "soon" is not a date/),
    ]);
    expect(said(warnings)).toEqual([
      expect.stringMatching(/^waivers\/20260102\.yaml:2:12: no environment has a migration "20260102"/),
      'waivers/42.yaml:3:8: the waiver expired at 2021-01-01T00:00:00.000Z, so it no longer counts',
    ]);
  });

  it.each([
    ['SQL that does not parse', 'selec 1', 'the SQL is not valid: syntax error'],
    ['two statements', 'select 1; select 2', 'OPS001: .*found 2 statements'],
    ['a schema change', 'drop table notes', 'OPS001: .*found DropStmt'],
    ['a function that reaches outside', 'select pg_sleep(1)', 'OPS006: pg_sleep is forbidden'],
    ['a write of mode read', 'delete from notes', 'OPS005: mode read, but it delete on notes'],
  ])('refuses %s', async (_what, sql, message) => {
    const line = text.trimEnd().split('\n').length + 2;
    await repo.write(
      'releases/v2.yaml',
      `${text.replace('release: v1.1.0', 'release: v2')}  x:\n    sql: ${sql}\n`,
    );
    const run = await lint('releases/v2.yaml');
    expect([run.exitCode, run.stdout]).toEqual([
      3,
      expect.stringMatching(new RegExp(`^releases/v2\\.yaml:${line}:10: ${message}`)),
    ]);
  });

  it('refuses an input schema that does not compile', async () => {
    const bad = text.replace('release: v1.1.0', 'release: v2').replace('type: integer }', 'type: integr }');
    await repo.write('releases/v2.yaml', `${bad}  x:\n    input: { type: objekt }\n    sql: select 1\n`);
    const run = await lint('--json');
    expect(run.exitCode).toBe(3);
    expect(JSON.stringify(run.json)).toContain('"pointer":"/operations/x/input');
  });

  it('tells of a stk.yaml that cannot be read at all, and of a link', async () => {
    await repo.write('stk.yaml', 'project: [\n');
    await rm(join(repo.directory, 'environments/prod.yaml'));
    await symlink('dev.yaml', join(repo.directory, 'environments/prod.yaml'));
    const run = await lint();
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toMatch(/^environments\/prod\.yaml:1:1: this is not a regular file/m);
    expect(run.stdout).toMatch(/^stk\.yaml:\d+:\d+: /m);
  });

  it('looks at the files that are named, and says which it does not find', async () => {
    await repo.write('environments/prod.yaml', 'relese: v1\n');
    await repo.write('environments/dev.yaml', 'relese: v1\n');
    const run = await lint('environments/dev.yaml', 'README.md');
    expect([run.exitCode, run.stdout]).toEqual([3, expect.stringMatching(/^environments\/dev/)]);
    expect(run.stdout).not.toContain('prod');
    expect(await lint('environments/nowhere.yaml')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('has no file environments/nowhere.yaml'),
    });
  });

  it('refuses a change of a release that a pointer once named', async () => {
    await repo.write(release, `${text}# a word\n`);
    const run = await lint(release);
    expect([run.exitCode, run.stdout]).toEqual([
      3,
      expect.stringMatching(
        /^releases\/v1\.1\.0\.yaml:1:1: .* is changed, but a pointer once named v1\.1\.0/,
      ),
    ]);
  });

  it('looks with --base at what a branch changed, as it is committed', async () => {
    await repo.commit('wrong before', { 'releases/old.yaml': 'release: other\n' });
    await repo.git('checkout', '--quiet', '-b', 'work');
    await repo.commit('work', { 'releases/v1.0.0.yaml': undefined, 'vetoes/v1.1.0.yaml': 'reasn: no\n' });
    await repo.write('environments/dev.yaml', 'not committed');
    const run = await lint('--base', 'main');
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toMatch(/^releases\/v1\.0\.0\.yaml:1:1: .* is removed, but a pointer once named/m);
    expect(run.stdout).toMatch(/^vetoes\/v1\.1\.0\.yaml:1:1: /m);
    expect(run.stdout).not.toMatch(/old\.yaml|dev\.yaml/);
    expect((await lint('--base', 'nowhere')).exitCode).not.toBe(0);
  });
});
