import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runStk, type StkRun } from '../support/hub/run-stk.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';
import { aQuery, aRelease } from '../support/documents/release.ts';

const nobody = 'http://127.0.0.1:18';

describe('commands that only read', () => {
  let served: ServedRepo;
  beforeAll(async () => {
    served = await serveRepo();
  });
  afterAll(() => served.close());

  const stk = (...argv: readonly string[]): Promise<StkRun> =>
    runStk({ directory: served.repo.directory, variables: { STK_HUB: served.hub.url } }, ...argv);

  it('lists every release, newest first, and marks the current one', async () => {
    const run = await stk('release', 'list', '--project', 'shop', '--env', 'dev', '--limit', '20');
    expect(run.exitCode).toBe(0);
    const lines = run.stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.match(/v\d\.\d\.\d/)?.[0])).toEqual([
      undefined,
      'v1.2.0',
      'v1.1.0',
      'v1.0.0',
    ]);
    expect(lines.filter((line) => line.startsWith('*'))).toHaveLength(1);
    expect(lines[2]).toMatch(/^\* +v1\.1\.0/);
  });

  it('lists as JSON in the shape of the API', async () => {
    const run = await stk('release', 'list', '--env', 'prod', '--limit', '2', '--json');
    expect(run.json).toMatchObject({
      releases: [{ release: 'v1.2.0', current: false }, { release: 'v1.1.0' }],
    });
  });

  it('lists from git, and says so, while the Hub is down', async () => {
    const run = await stk('release', 'list', '--env', 'dev', '--hub', nobody, '--json');
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toMatch(/cannot be reached: connection refused; this list comes from the clone/);
    const { releases } = run.json as { releases: { release: string; current: boolean; createdAt: string }[] };
    expect(releases.map(({ release, current }) => [release, current])).toEqual([
      ['v1.2.0', false],
      ['v1.1.0', true],
      ['v1.0.0', false],
    ]);
    expect(releases[1]?.createdAt).toBe('2026-11-02T08:00:00Z');
  });

  it('shows the current release with its metadata', async () => {
    const run = await stk('release', 'current', '--project', 'shop', '--env', 'dev', '--json');
    expect(run.exitCode).toBe(0);
    expect(run.json).toEqual({
      project: 'shop',
      environment: 'dev',
      release: 'v1.1.0',
      ref: '3f2c1e9',
      createdAt: '2026-11-02T08:00:00Z',
      revision: await served.repo.revision(),
      by: 'Test Operator <operator@example.com>',
      at: expect.stringMatching(/^\d{4}-/),
      serving: 'v1.1.0',
    });
    expect((await stk('release', 'current', '--env', 'dev')).stdout).toContain('v1.1.0');
  });

  it('shows what each environment should serve and serves', async () => {
    const run = await stk('status');
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/dev +v1\.1\.0 +v1\.1\.0/);
    expect(run.stdout).toMatch(/prod +v1\.0\.0 +v1\.0\.0/);
    expect((await stk('status', '--env', 'prod', '--json')).json).toMatchObject({
      project: 'shop',
      environments: [{ environment: 'prod', desired: { release: 'v1.0.0' } }],
    });
  });

  it.each([
    ['an environment', ['release', 'current', '--env', 'prd'], /did you mean "prod"/],
    ['a project', ['release', 'list', '--project', 'shoop'], /is the config repo of project shop, not/],
  ])('does not know %s that is not there, and names what is (exit 4)', async (_what, argv, message) => {
    const run = await stk(...argv);
    expect(run.exitCode).toBe(4);
    expect(run.stderr).toMatch(message);
    expect(run.stdout).toBe('');
  });

  it('finds the config repo from a folder below it', async () => {
    const below = join(served.repo.directory, 'a', 'b');
    await mkdir(below, { recursive: true });
    const run = await runStk({ directory: below, variables: { STK_HUB: served.hub.url } }, 'status');
    expect(run.exitCode).toBe(0);
  });

  it('says that there is no config repo (exit 2)', async () => {
    const run = await runStk({ directory: '/' }, 'status', '--json');
    expect(run.exitCode).toBe(2);
    expect(run.json).toMatchObject({ error: { code: 'not-a-config-repo' }, committed: false });
  });

  it('says that the Hub is down (exit 5) and how to name another', async () => {
    const run = await stk('status', '--hub', nobody);
    expect(run.exitCode).toBe(5);
    expect(run.stderr).toMatch(/hint: .*--hub/);
  });

  describe('release check', () => {
    it('says that a release fits', async () => {
      const run = await stk('release', 'check', '--env', 'prod', '--release-id', 'v1.1.0');
      expect(run.exitCode).toBe(0);
      expect(run.stdout).toMatch(/fits +prod +v1\.1\.0/);
    });

    it('exits 3 with the findings when it does not, and lets no escape sequence through', async () => {
      await served.repo.commit('feat: a release that needs a column', {
        'releases/v1.3.0.yaml': aRelease({
          release: 'v1.3.0',
          schema: { tables: { customers: { columns: { id: { type: 'integer' }, tier: { type: 'text' } } } } },
          operations: { 'customers.get': aQuery({ sql: 'select id, tier from customers where id = :id' }) },
        }),
      });
      // The finding names the columns that there are.
      await served.state.owner('alter table prod.customers add column "\u001b[31mred" text');
      const run = await stk('release', 'check', '--env', 'prod', '--release-id', 'v1.3.0');
      await served.state.owner('alter table prod.customers drop column "\u001b[31mred"');
      expect(run.exitCode).toBe(3);
      for (const part of ['COL001', 'prod.customers.tier', '[31mred', 'customers.get', 'alter table']) {
        expect(run.stdout).toContain(part);
      }
      expect(run.stdout).not.toContain('\u001b');
    });

    it('exits 4 for a release that nobody knows', async () => {
      expect((await stk('release', 'check', '--env', 'prod', '--release-id', 'v9')).exitCode).toBe(4);
    });

    it('exits 5 when nobody can tell now', async () => {
      await served.state.letIn(false);
      const run = await stk('release', 'check', '--env', 'prod', '--release-id', 'v1.1.0', '--json');
      await served.state.letIn(true);
      expect(run.exitCode).toBe(5);
      expect(run.json).toMatchObject({ verdicts: [{ verdict: 'unknown', code: 'database-unavailable' }] });
    });

    it('judges every pointer that a branch changes, against where it left the base', async () => {
      const { repo } = served;
      const clone = await repo.clone();
      await clone.git('checkout', '--quiet', '-b', 'change');
      await clone.commit('feat: v2 for prod', {
        'releases/v2.0.0.yaml': aRelease({ release: 'v2.0.0' }),
        'environments/prod.yaml': 'release: v2.0.0\n',
        'environments/dev.yaml': 'release: v7.7.7\n',
      });
      const inClone = (...argv: readonly string[]): Promise<StkRun> =>
        runStk(
          { directory: clone.directory, variables: { STK_HUB: served.hub.url } },
          'release',
          'check',
          ...argv,
        );
      const run = await inClone('--base', 'origin/main', '--json');
      expect(run.exitCode).toBe(3);
      expect(run.json).toMatchObject({
        refused: 1,
        verdicts: [
          {
            environment: 'dev',
            from: 'v1.1.0',
            release: 'v7.7.7',
            verdict: 'refused',
            code: 'unknown-release',
          },
          { environment: 'prod', from: 'v1.0.0', verdict: 'fits' },
        ],
      });
      const markdown = await inClone('--base', 'origin/main', '--format', 'markdown');
      expect(markdown.stdout).toMatch(/^### stk release check: 1 of 2 refused\n\n\| Environment \|/);
      expect((await inClone('--base', 'HEAD')).stdout).toBe('no pointer changed\n');
      expect((await inClone('--base', 'nowhere')).exitCode).toBe(2);
    });

    it('refuses what a branch does to files, whether or not a pointer moves', async () => {
      const clone = await served.repo.clone();
      const base = await clone.commit('prod moves on', { 'environments/prod.yaml': 'release: v1.1.0\n' });
      const other = aRelease({ release: 'v6.0.0' });
      const project = await clone.git('show', 'HEAD:stk.yaml');
      const cases: readonly [Record<string, string | undefined>, string, string][] = [
        [{ 'releases/v1.0.0.yaml': undefined }, 'prod', 'release-mutated'],
        [{ 'releases/v1.0.0.yaml': aRelease({ release: 'v1.0.0', notes: 'x' }) }, 'prod', 'release-mutated'],
        [{ 'releases/v5.0.0.yaml': other }, '*', 'release-invalid'],
        [{ 'releases/v5.0.0.yaml': 'release: v5.0.0\n' }, '*', 'release-invalid'],
        [
          { 'releases/v5.0.0.yaml': other, 'environments/prod.yaml': 'release: v5.0.0\n' },
          'prod',
          'release-invalid',
        ],
        [{ 'stk.yaml': `${project}\nnonsense: true\n` }, '*', 'project-invalid'],
      ];
      for (const [files, environment, code] of cases) {
        await clone.git('reset', '--quiet', '--hard', base);
        await clone.commit('a change', files);
        const run = await runStk(
          { directory: clone.directory, variables: { STK_HUB: served.hub.url } },
          'release',
          'check',
          '--base',
          base,
          '--json',
        );
        expect(run.json).toMatchObject({
          verdicts: expect.arrayContaining([
            expect.objectContaining({ environment, verdict: 'refused', code }),
          ]),
        });
        expect(run.exitCode).toBe(3);
      }
    });

    it('says that a shallow clone does not tell where the branch left the base', async () => {
      const clone = await served.repo.clone({ depth: 1 });
      await clone.git('switch', '--quiet', '--orphan', 'elsewhere');
      await clone.commit('elsewhere', { 'stk.yaml': 'project: shop\n' });
      const run = await runStk(
        { directory: clone.directory, variables: { STK_HUB: served.hub.url } },
        'release',
        'check',
        '--base',
        'origin/main',
        '--json',
      );
      expect(run.json).toMatchObject({ error: { code: 'git-shallow' } });
    });

    it('refuses a branch that changes the bytes of a release that a pointer names', async () => {
      const clone = await served.repo.clone();
      await clone.commit('fix: v1.0.0', {
        'releases/v1.0.0.yaml': aRelease({ release: 'v1.0.0', notes: 'other' }),
      });
      const run = await runStk(
        { directory: clone.directory, variables: { STK_HUB: served.hub.url } },
        'release',
        'check',
        '--base',
        'origin/main',
        '--json',
      );
      expect(run.exitCode).toBe(3);
      expect(run.json).toMatchObject({ verdicts: [{ environment: 'prod', code: 'release-mutated' }] });
    });
  });
});
