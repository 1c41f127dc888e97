// The command line against a real Hub process: what is refused before and after a commit, what is waited for, and what an
// interruption leaves behind. The shop's prod is one migration behind, so v1.1.0 does not fit it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { openContext, type CommandContext } from '../../src/cli/context.ts';
import { createOutput } from '../../src/cli/print/output.ts';
import { waitUntilServed, type Served, type WaitRequest } from '../../src/cli/hub/wait-until-served.ts';
import { poll, stk, type HubProcess } from '../support/hub/hub-process.ts';
import { startInterruptible } from '../support/hub/interruptible-stk.ts';
import { aPointer } from '../support/documents/release.ts';
import { captured, testServices } from '../support/hub/run-stk.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';

describe('the command line and a real Hub', () => {
  let shop: Shop;
  let hub: HubProcess;
  beforeAll(async () => {
    shop = await createShop('pglite');
    hub = await shop.startHub();
    await hub.untilServing('prod', 'v1.0.0');
  });
  afterAll(() => shop.close());

  const movePointer = (environment: string, release: string): Promise<string> =>
    shop.repo.commit(`edit ${environment}`, { [`environments/${environment}.yaml`]: aPointer(release) });

  async function inContext<T>(
    run: (context: CommandContext) => Promise<T>,
    interrupted = new AbortController().signal,
  ): Promise<T> {
    const services = testServices({
      directory: shop.repo.directory,
      variables: { STK_HUB: hub.url },
      services: { interrupted },
    });
    const { stream } = captured();
    const output = createOutput({ stdout: stream, stderr: stream, json: false, noColor: true });
    const context = await openContext({ services, output, options: {} });
    try {
      return await run(context);
    } finally {
      await context.close();
    }
  }
  const waitFor = (request: Partial<WaitRequest> & { revision: string }): Promise<Served> =>
    inContext((context) =>
      waitUntilServed(context, {
        environment: 'prod',
        release: 'v1.1.0',
        pushed: false,
        timeoutMs: 90_000,
        ...request,
      }),
    );

  it('refuses what does not fit with the findings as a table, and commits nothing', async () => {
    const before = await shop.repo.revision();
    const run = await shop.stk(hub, 'release', 'promote', '--from', 'dev', '--to', 'prod');
    expect([run.code, run.stdout]).toEqual([3, '']);
    for (const part of [
      /^error: v1\.1\.0 does not fit prod's database; nothing was written$/m,
      /^block COL001 column-missing +\S*customers\.tier$/m,
      /^ +operations +customers\.byTier, customers\.get$/m,
      /^ +in its SQL +customers\.\w+ line 1, column \d+/m,
      /^ +alter table \S*customers add column tier text/m,
      /^hint: .*stk db apply FILE\.sql --env prod/m,
    ]) {
      expect(run.stderr).toMatch(part);
    }
    expect(await shop.repo.revision()).toBe(before);
    const asJson = await shop.stk(hub, 'release', 'promote', '--from', 'dev', '--to', 'prod', '--json');
    expect(asJson.json).toMatchObject({
      error: { code: 'incompatible', environment: 'prod', findings: [{ code: 'COL001' }] },
      committed: false,
      revision: null,
    });
  });

  it('tells a commit that the Hub refuses from one that somebody moved on from, and from one that is served', async () => {
    const refused = await movePointer('prod', 'v1.1.0');
    expect(await waitFor({ revision: refused })).toMatchObject({
      kind: 'refused',
      reason: 'Incompatible',
      serving: 'v1.0.0',
      findings: [{ code: 'COL001' }],
    });
    const status = await shop.stk(hub, 'status');
    expect(status.stdout).toMatch(/^prod +v1\.1\.0 +v1\.0\.0 .* Incompatible$/m);
    expect(status.stdout.match(/does not fit/g)).toHaveLength(1);

    const next = await movePointer('prod', 'v1.0.1');
    expect(await waitFor({ revision: next, release: 'v1.0.1' })).toEqual({ kind: 'served' });
    expect(await waitFor({ revision: refused })).toEqual({
      kind: 'superseded',
      release: 'v1.0.1',
      by: 'Test Operator <operator@example.com>',
    });
    await movePointer('prod', 'v1.0.0');
  });

  it('never takes what the Hub said of the commit before for the verdict on this one', async () => {
    for (const release of ['v1.0.1', 'v1.0.0', 'v1.0.1', 'v1.0.0', 'v1.0.1', 'v1.0.0']) {
      const revision = await movePointer('staging', release);
      expect(await waitFor({ environment: 'staging', release, revision })).toEqual({ kind: 'served' });
    }
    await movePointer('staging', 'v1.0.1');
  });

  it('gives up on a commit that the Hub does not follow, and says what it waited for', async () => {
    const tree = await shop.repo.git('rev-parse', 'HEAD^{tree}');
    const aside = await shop.repo.git('commit-tree', '-p', 'HEAD', '-m', 'aside', tree);
    const unanswered: Served = { kind: 'late', message: `the Hub at ${hub.url} does not answer` };
    let served: Served = unanswered;
    // A busy machine may take longer for the first answer than the command waits.
    for (let timeoutMs = 200; isDeepStrictEqual(served, unanswered); timeoutMs *= 4) {
      served = await waitFor({ revision: aside, timeoutMs });
    }
    expect(served).toEqual({
      kind: 'late',
      message: `the Hub at ${hub.url} has not read the commit yet`,
    });
  });

  it('stops waiting when it is interrupted', async () => {
    const controller = new AbortController();
    controller.abort();
    const revision = await shop.repo.revision();
    const waiting = inContext(
      (context) =>
        waitUntilServed(context, {
          environment: 'prod',
          release: 'v1.1.0',
          revision,
          pushed: false,
          timeoutMs: 90_000,
        }),
      controller.signal,
    );
    expect(await waiting).toEqual({ kind: 'interrupted' });
  });

  describe('interrupted by SIGINT', () => {
    const marker = (): string => join(shop.repo.directory, '.git', 'hook-ran');
    async function installHook(name: string, script: string): Promise<string> {
      const hooks = join(shop.repo.directory, '.git', 'hooks');
      await mkdir(hooks, { recursive: true });
      const path = join(hooks, name);
      await writeFile(path, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
      return path;
    }
    const promote = ['release', 'promote', '--to', 'staging', '--release-id', 'v1.0.0'];

    it('before the commit: exits 130 and leaves nothing behind', async () => {
      const hook = await installHook('pre-commit', `touch '${marker()}'; exec sleep 170 >/dev/null 2>&1`);
      const before = await shop.repo.revision();
      const run = startInterruptible(promote, shop.repo.directory, { STK_HUB: hub.url });
      await poll(90_000, () => existsSync(marker()) || undefined);
      run.interrupt();
      const ended = await run.ended;
      await rm(hook);
      await rm(marker());
      expect([ended.code, ended.stderr]).toEqual([130, expect.stringMatching(/^interrupted$/m)]);
      expect(await shop.repo.revision()).toBe(before);
      expect(await shop.repo.git('status', '--porcelain')).toBe('');
    });

    it('after the commit: exits 5 and says that it is committed', async () => {
      // The Hub stands still from the commit on, so that the command has to wait.
      const hook = await installHook('post-commit', `kill -STOP ${hub.pid}; touch '${marker()}'`);
      const run = startInterruptible([...promote, '--json'], shop.repo.directory, { STK_HUB: hub.url });
      try {
        await poll(90_000, () => (/^committed /m.test(run.stderr()) ? true : undefined));
        run.interrupt();
        const ended = await run.ended;
        expect(ended.code).toBe(5);
        expect(ended.json).toMatchObject({
          error: { code: 'not-served-in-time', message: expect.stringContaining('interrupted after') },
          committed: true,
          revision: await shop.repo.revision(),
        });
      } finally {
        process.kill(hub.pid, 'SIGCONT');
        await rm(hook);
        await rm(marker(), { force: true });
      }
      await hub.untilServing('staging', 'v1.0.0');
    });
  });

  it('finds the embedded database where the Hub keeps its state, and applies a migration there', async () => {
    const url = await shop.stk(hub, 'db', 'url', '--env', 'prod');
    expect([url.code, url.stdout]).toEqual([
      0,
      `postgresql://postgres@/prod?host=${encodeURIComponent(join(shop.state, 'embedded'))}\n`,
    ]);
    await shop.repo.write('bad.sql', 'select 1;\nselect nonsense;\n');
    const bad = await shop.stk(hub, 'db', 'apply', 'bad.sql', '--env', 'prod');
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringMatching(/bad\.sql:2: .*nonsense.*42703/)]);
    await shop.repo.delete('bad.sql');

    // The file is named in `init` as an afterthought, and that alone does nothing.
    const added = 'migrations/0002_tier.sql';
    const project = parseDocument(await readFile(join(shop.repo.directory, 'stk.yaml'), 'utf8'));
    project.addIn(['environments', 'prod', 'database', 'init'], added);
    await shop.repo.commit('add a file to init', { 'stk.yaml': project.toString() });
    await hub.until('prod', ({ conditions }) => conditions.some(({ type }) => type === 'InitApplied'));
    const status = await shop.stk(hub, 'status');
    expect(status.stdout).toMatch(/InitNotApplied: .*stk db apply migrations\/0002_tier\.sql --env prod/);
    const applied = await shop.stk(hub, 'db', 'apply', `./${added}`, '--env', 'prod');
    expect([applied.code, applied.stdout]).toEqual([0, `./${added} applied to prod\n`]);
    await hub.until('prod', ({ conditions }) => !conditions.some(({ type }) => type === 'InitApplied'));
    const promoted = await shop.stk(hub, 'release', 'promote', '--from', 'dev', '--to', 'prod', '--json');
    expect(promoted.json).toMatchObject({ to: 'v1.1.0', serving: 'v1.1.0', committed: true });
  });

  it('says where no embedded database answers', async () => {
    const run = await shop.stk(hub, 'db', 'url', '--env', 'dev', '--state', '/nowhere');
    expect([run.code, run.stdout]).toEqual([5, '']);
    expect(run.stderr).toMatch(/no Hub answers .* in \/nowhere\n/);
  });

  it('names the current release below a list that is cut off before it', async () => {
    const run = await shop.stk(hub, 'release', 'list', '--env', 'staging', '--limit', '1');
    expect(run.stdout).not.toContain('v1.0.0');
    expect(run.stderr).toMatch(/^staging is at v1\.0\.0, which is further down/m);
  });

  it('warns that the Hub has commits that this clone does not know', async () => {
    const other = await shop.repo.clone();
    await other.git('remote', 'remove', 'origin');
    await shop.repo.commit('chore: news');
    await hub.ask('/api/v1/projects/shop/sync', { method: 'POST', body: {} });
    const run = await stk(['release', 'promote', '--to', 'dev', '--release-id', 'v1.0.1', '--no-wait'], {
      cwd: other.directory,
      env: { STK_HUB: hub.url },
    });
    expect(run.stderr).toMatch(/^note: the Hub at .* which this clone does not have/m);
  });
});
