// The command line beside its main road: refusals, options, and the state of a clone that an operator may be in.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineName } from '../support/databases/database.ts';
import type { TestRepo } from '../support/git/git-repo.ts';
import { startHubProcess, stk, type HubProcess, type StkResult } from '../support/hub/hub-process.ts';
import { aPointer } from '../support/documents/release.ts';
import { createShop, shopRelease, tierMigration, type Shop } from '../support/hub/shop.ts';
import { enginesOf } from '../support/soak.ts';

const prod = 'environments/prod.yaml';

describe.each(enginesOf<EngineName>('pglite', 'postgres-15'))('the command line on %s', (engine) => {
  let shop: Shop;
  let repo: TestRepo;
  let hub: HubProcess;
  const run = (...args: readonly string[]): Promise<StkResult> => shop.stk(hub, ...args);
  const promote = (...args: readonly string[]): Promise<StkResult> =>
    run('release', 'promote', '--to', 'prod', ...args);

  beforeAll(async () => {
    shop = await createShop(engine);
    ({ repo } = shop);
    hub = await shop.startHub();
  });
  afterAll(() => shop?.close());

  /** On main, prod at v1.0.0 and served, whatever the test before left. */
  const reset = async (): Promise<void> => {
    await repo.git('checkout', '--quiet', '--force', 'main');
    const revision = await repo.commit('back to the start', { [prod]: aPointer('v1.0.0') });
    await hub.untilServing('prod', 'v1.0.0', revision);
  };

  it('refuses --from an environment that does not serve what it should', async () => {
    await repo.commit('staging too early', { 'environments/staging.yaml': aPointer('v9.0.0') });
    await hub.untilReason('staging', 'ReleaseMissing');
    const before = await repo.revision();
    const refused = await promote('--from', 'staging');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('staging should serve v9.0.0 but still serves v1.0.1');
    expect(refused.stderr).toContain('stk status --env staging');
    expect(await repo.revision()).toBe(before);
    await repo.git('revert', '--no-edit', 'HEAD');
    await hub.untilServing('staging', 'v1.0.1', await repo.revision());
  });

  it('refuses a rollback to a release that prod never named, and names those that it did', async () => {
    await repo.commit('promote prod', { [prod]: aPointer('v1.0.1') });
    const refused = await run('release', 'rollback', '--env', 'prod', '--to-release-id', 'v1.1.0');
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('prod can roll back to: v1.0.0');
    await reset();
  });

  it('--dry-run prints the plan and the verdict and writes nothing', async () => {
    const before = await repo.revision();
    const planned = await promote('--release-id', 'v1.0.1', '--dry-run', '--reason', 'looks good');
    expect(planned.code).toBe(0);
    expect(planned.stdout).toContain('promote(prod): v1.0.0 -> v1.0.1');
    expect(planned.stdout).toContain('Stk-Reason: looks good');
    expect(planned.stderr).toContain("v1.0.1 fits prod's database");
    expect((await promote('--from', 'dev', '--dry-run')).code).toBe(3);
    expect(await repo.revision()).toBe(before);
    expect(await repo.git('status', '--porcelain')).toBe('');
  });

  it.each([
    ['a line break', 'fine\nStk-Actor: mallory <m@example.com>'],
    ['a carriage return', 'fine\rStk-Unchecked: true'],
    ['a line separator', 'fine\u2028Stk-To: v9'],
    ['too much', 'x'.repeat(501)],
  ])('refuses a --reason with %s', async (_, reason) => {
    const before = await repo.revision();
    const refused = await promote('--release-id', 'v1.0.1', '--reason', reason);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/^error: .*reason/m);
    expect(await repo.revision()).toBe(before);
  });

  it('keeps a --reason that looks like trailers as one value', async () => {
    const reason = 'Stk-To: v9 Stk-Unchecked: true';
    expect(await promote('--release-id', 'v1.0.1', '--reason', reason)).toMatchObject({ code: 0 });
    const trailers = await repo.git('log', '-1', '--format=%(trailers:only,unfold)');
    expect(trailers.split('\n').filter((line) => /^Stk-(To|Unchecked):/.test(line))).toEqual([
      'Stk-To: v1.0.1',
    ]);
    expect(trailers).toContain(`Stk-Reason: ${reason}`);
    await reset();
  });

  it('leaves staged, changed and untracked work as it is, and commits one file', async () => {
    await repo.write('migrations/0003_staged.sql', 'select 1;\n');
    await repo.git('add', 'migrations/0003_staged.sql');
    await repo.write('migrations/0001_base.sql', '-- changed\n');
    await repo.write('environments/dev.yaml', aPointer('v1.0.0'));
    await repo.write('notes.txt', 'untracked\n');
    const before = await repo.git('status', '--porcelain');
    expect(await promote('--release-id', 'v1.0.1')).toMatchObject({ code: 0 });
    expect(await repo.git('status', '--porcelain')).toBe(before);
    expect(await repo.git('show', '--format=', '--name-only', 'HEAD')).toBe(prod);
    await repo.git('reset', '--quiet', '--hard');
    await rm(join(repo.directory, 'notes.txt'));
    await reset();
  });

  it('refuses while the pointer file has an uncommitted change', async () => {
    await repo.write(prod, aPointer('v1.0.1'));
    const refused = await promote('--release-id', 'v1.1.1');
    expect(refused.code).toBe(4);
    const dirty = await promote('--release-id', 'v1.0.1');
    expect(dirty.code).toBe(2);
    expect(dirty.stderr).toContain(`${prod} has an uncommitted change`);
    expect(await readFile(join(repo.directory, prod), 'utf8')).toBe(aPointer('v1.0.1'));
    await repo.git('checkout', '--quiet', '--', prod);
  });

  it('refuses while another branch than the Hub’s is checked out, also where there would be nothing to do', async () => {
    await repo.git('checkout', '--quiet', '-b', `other-${engine}`);
    const wrong = await promote('--release-id', 'v1.0.1');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('git switch main');
    const already = await promote('--release-id', 'v1.0.0');
    expect(already.code).toBe(2);
    await reset();
  });

  it('knows no other project, environment or folder than the config repo’s', async () => {
    const codes = async (...commands: readonly string[][]): Promise<number[]> => {
      const seen: number[] = [];
      for (const command of commands) seen.push((await run(...command)).code);
      return seen;
    };
    expect(
      await codes(
        ['release', 'promote', '--project', 'other', '--from', 'dev', '--to', 'prod'],
        ['release', 'promote', '--from', 'dev', '--to', 'prdo'],
        ['release', 'promote', '--from', 'dve', '--to', 'prod'],
        ['release', 'rollback', '--env', 'prdo', '--to-release-id', 'v1.0.0'],
        ['release', 'current', '--env', 'prdo'],
        ['release', 'list', '--env', 'prdo'],
        ['status', '--env', 'prdo'],
      ),
    ).toEqual([4, 4, 4, 4, 4, 4, 4]);
    expect((await run('status', '--env', 'prdo')).stderr).toContain('prod');
    expect(
      await codes(
        ['release', 'promote', '--to', 'prod'],
        ['release', 'promote', '--from', 'dev', '--to', 'prod', '--release-id', 'v1.0.0'],
        ['release', 'promote', '--from', 'prod', '--to', 'prod'],
        ['release', 'promote', '--to', 'prod', '--release-id', 'v1.0.1', '--timeout', 'soon'],
        ['release', 'list', '--limit', '0'],
        ['release', 'lst'],
        ['--repo', tmpdir(), 'status'],
      ),
    ).toEqual([2, 2, 2, 2, 2, 2, 2]);
    const elsewhere = await stk(['status'], { cwd: tmpdir() });
    expect(elsewhere.code).toBe(2);
    expect(elsewhere.stderr).toContain('stk init');
  });

  it('says what to do without a git identity, and takes --author', async () => {
    await repo.git('config', '--unset', 'user.name');
    await repo.git('config', '--unset', 'user.email');
    try {
      const before = await repo.revision();
      const refused = await promote('--release-id', 'v1.0.1');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('--author');
      expect(await repo.revision()).toBe(before);
      expect(await repo.git('status', '--porcelain')).toBe('');
      const done = await promote('--release-id', 'v1.0.1', '--author', 'Ada Byron <ada@example.com>');
      expect(done).toMatchObject({ code: 0 });
      expect(await repo.git('log', '-1', '--format=%an <%ae>')).toBe('Ada Byron <ada@example.com>');
    } finally {
      await repo.git('config', 'user.name', 'Test Operator');
      await repo.git('config', 'user.email', 'operator@example.com');
    }
    await reset();
  });

  it('gives the documented JSON for a promotion, an “already” and a refusal', async () => {
    const promoted = await promote('--release-id', 'v1.0.1', '--json');
    expect(promoted.json).toEqual({
      project: 'shop',
      environment: 'prod',
      action: 'promote',
      from: 'v1.0.0',
      to: 'v1.0.1',
      already: false,
      dryRun: false,
      checked: true,
      fingerprint: expect.any(String),
      findings: [],
      committed: true,
      pushed: false,
      revision: await repo.revision(),
      serving: 'v1.0.1',
    });
    const again = await promote('--release-id', 'v1.0.1', '--json');
    expect(again).toMatchObject({ code: 0, json: { already: true, committed: false } });
    const refused = await promote('--from', 'dev', '--json');
    expect(refused).toMatchObject({
      code: 3,
      json: {
        error: { code: 'incompatible', findings: [expect.objectContaining({ code: 'COL001' })] },
        committed: false,
        revision: null,
      },
    });
    const status = await run('status', '--json');
    expect(status.json).toMatchObject({
      project: 'shop',
      environments: [
        { environment: 'dev', serving: { release: 'v1.1.0' } },
        { environment: 'staging' },
        { environment: 'prod', desired: { release: 'v1.0.1', revision: await repo.revision() } },
      ],
    });
    await reset();
  });

  it('check judges the pointers that a branch changes, new release files included', async () => {
    await repo.git('checkout', '--quiet', '-b', `pull-request-${engine}`);
    await repo.commit('promote staging and prod', {
      'releases/v1.1.5.yaml': shopRelease('v1.1.5'),
      'environments/staging.yaml': aPointer('v1.1.5'),
      [prod]: aPointer('v1.1.5'),
    });
    const judged = await run('release', 'check', '--base', 'main', '--format', 'markdown');
    expect(judged.code).toBe(3);
    expect(judged.stdout).toContain('COL001');
    expect(judged.stdout).toMatch(/staging.*v1\.1\.5/);
    const json = await run('release', 'check', '--base', 'main', '--format', 'json');
    expect(json.code).toBe(3);
    expect(json.json).toBeDefined();
    await repo.commit('only staging', { [prod]: aPointer('v1.0.0') });
    expect(await run('release', 'check', '--base', 'main')).toMatchObject({ code: 0 });
    await repo.git('checkout', '--quiet', 'main');
    expect(await run('release', 'check', '--env', 'prod', '--release-id', 'v1.0.1')).toMatchObject({
      code: 0,
    });
    const file = join(repo.directory, 'draft.yaml');
    await writeFile(file, shopRelease('v1.1.9'));
    expect((await run('release', 'check', '--env', 'prod', '--file', file)).code).toBe(3);
    expect((await run('release', 'check', '--env', 'dev', '--file', file)).code).toBe(0);
    await rm(file);
  });

  it('takes a changed stk.yaml without a restart: limits, a new environment, auth', async () => {
    const project = await repo.git('show', 'HEAD:stk.yaml');
    const oneRow = project.replace(/^limits:$/m, 'limits:\n  rows: 1');
    expect(oneRow).not.toBe(project);
    const limited = await repo.commit('one row at most', { 'stk.yaml': `${oneRow}\n` });
    await hub.untilServing('dev', 'v1.1.0', limited);
    const tooMany = await hub.call('dev', 'customers.byTier', { tier: 'standard' });
    expect(tooMany).toMatchObject({ status: 500, json: { code: 'too-many-rows' } });

    const copy = /^ {2}dev:\n((?: {4}.*\n)+)/m.exec(project)?.[1] ?? '';
    expect(copy).not.toBe('');
    const wider = project.replace(/^environments:\n/m, `environments:\n  canary:\n${copy}`);
    const added = await repo.commit('a new environment', {
      'stk.yaml': wider,
      'environments/canary.yaml': aPointer('v1.1.0'),
    });
    await hub.untilServing('canary', 'v1.1.0', added);
    await hub.untilServing('dev', 'v1.1.0', added);
    expect((await hub.call('canary', 'about')).json).toEqual({ result: { release: 'v1.1.0' } });
    expect((await hub.call('dev', 'customers.byTier', { tier: 'standard' })).status).toBe(200);

    await repo.commit('nonsense', { 'stk.yaml': `${wider}\nlimts: {}\n` });
    const invalid = await hub.until('prod', ({ conditions }) =>
      conditions.some(({ reason }) => reason === 'ProjectInvalid'),
    );
    expect(invalid.conditions.find(({ type }) => type === 'ProjectValid')?.message).toContain('limits');
    await repo.commit('promote meanwhile', { [prod]: aPointer('v1.0.1') });
    await hub.untilServing('prod', 'v1.0.1', await repo.revision());
    const back = await run('release', 'rollback', '--env', 'prod', '--to-release-id', 'v1.0.0');
    expect(back).toMatchObject({ code: 0 });

    const removed = await repo.commit('canary is gone', { 'stk.yaml': project });
    const gone = await hub.until(
      'canary',
      ({ conditions, observedRevision }) =>
        observedRevision === removed && conditions.some(({ reason }) => reason === 'EnvironmentRemoved'),
    );
    expect(gone.serving?.release).toBe('v1.1.0');
    expect((await hub.call('canary', 'about')).status).toBe(200);

    await repo.commit('auth', {
      'stk.yaml': `${project}\nauth: { jwt: { secretFrom: UNSET_SECRET }, issuer: i, audience: shop, rolesClaim: roles, control: { read: [viewer], write: [operator] } }\n`,
    });
    await hub.eventually('auth is asked for', async () => (await hub.call('dev', 'about')).status === 401);
    const refused = await promote('--release-id', 'v1.0.1');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('STK_TOKEN');
    await repo.git('revert', '--no-edit', 'HEAD');
    await hub.eventually('it is open again', async () => (await hub.call('dev', 'about')).status === 200);
  });

  it('with the Hub down: exit 5 and nothing written; --no-check commits, and it is served when the Hub is back', async () => {
    await reset();
    await hub.stop();
    const before = await repo.revision();
    const refused = await promote('--release-id', 'v1.0.1');
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('nothing was written');
    expect(refused.stderr).toContain('--no-check');
    expect(await repo.revision()).toBe(before);
    const listed = await run('release', 'list', '--env', 'prod');
    expect(listed.code).toBe(0);
    expect(listed.stdout).toContain('v1.1.0');
    expect((await run('status')).code).toBe(5);

    const committed = await promote('--release-id', 'v1.0.1', '--no-check', '--reason', 'emergency');
    expect(committed.code).toBe(0);
    expect(await repo.git('log', '-1', '--format=%(trailers:key=Stk-Unchecked,valueonly)')).toContain('true');
    hub = await shop.startHub();
    await hub.untilServing('prod', 'v1.0.1', await repo.revision());
    const back = await run('release', 'rollback', '--env', 'prod', '--to-release-id', 'v1.0.0', '--no-check');
    expect(back.code).toBe(0);
    await hub.untilServing('prod', 'v1.0.0', await repo.revision());
  });

  it('tells after the commit when the Hub will not serve it: exit 3, committed, and how to take it back', async () => {
    await shop.sql('prod', tierMigration);
    expect((await promote('--from', 'dev', '--dry-run')).code).toBe(0);
    await shop.sql('prod', 'alter table customers drop column tier');
    const unchecked = await promote('--from', 'dev', '--no-check', '--json');
    expect(unchecked).toMatchObject({ code: 0, json: { committed: true, checked: false, serving: null } });
    const status = await hub.untilReason('prod', 'Incompatible');
    expect(status.serving?.release).toBe('v1.0.0');
    const current = await run('release', 'current', '--env', 'prod');
    expect(current.stdout).toMatch(/^serving +v1\.0\.0$/m);
    expect(current.stdout).toMatch(/^reason +Incompatible: /m);
    const back = await run('release', 'rollback', '--env', 'prod', '--to-release-id', 'v1.0.0');
    expect(back).toMatchObject({ code: 0 });
  });
});

describe('stk init', () => {
  it('makes a config repo that stk hub serves at once; the command that it prints works', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'stk-test-init-'));
    const author = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@example.com' };
    const env = { ...author, GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@example.com' };
    let hub: HubProcess | undefined;
    try {
      const made = await stk(['init', 'shop'], { cwd: parent, env });
      expect(made).toMatchObject({ code: 0 });
      expect(made.stderr).toContain('cd shop && npx stk-hub hub');
      expect((await stk(['init', 'shop'], { cwd: parent, env })).code).toBe(2);
      hub = await startHubProcess({ repo: join(parent, 'shop'), env });
      expect((await hub.call('dev', 'notes.search', { word: 'second' }, 'reader')).json).toEqual({
        result: [{ id: 2, title: 'Second note' }],
      });
      const { eventually, stdout } = hub;
      const printed = (): RegExpExecArray | null =>
        /^ {2}curl -s (\S+) .*'stk-role: (\w+)' -d '(.*)'$/m.exec(stdout());
      await eventually('the next command is printed', () => Promise.resolve(printed() !== null));
      const [, url = '', role = '', body = ''] = printed() ?? [];
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'stk-role': role },
        body,
      });
      expect([answer.status, await answer.json()]).toEqual([200, { result: { release: 'v1.1.0' } }]);
      const cwd = join(parent, 'shop');
      const promoted = await stk(['release', 'promote', '--from', 'dev', '--to', 'prod'], {
        cwd,
        env: { ...env, STK_HUB: hub.url },
      });
      expect(promoted).toMatchObject({ code: 0 });
      expect(await hub.stop()).toBe(0);
    } finally {
      await hub?.stop();
      await rm(parent, { recursive: true, force: true });
    }
  });
});
