// A rollback by somebody who is tired: without a name, again, proposed, refused; by the command line and over HTTP.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HubProcess, StkResult } from '../support/hub/hub-process.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';

let shop: Shop;
let hub: HubProcess;
beforeAll(async () => {
  const people = { 'incident-commander': ['operator@example.com'] };
  shop = await createShop('pglite', { prod: 'migrated', project: { people } });
  hub = await shop.startHub();
});
afterAll(() => shop.close());

const stk = (...args: readonly string[]): Promise<StkResult> => shop.stk(hub, ...args);
const promote = (release: string): Promise<StkResult> =>
  stk('release', 'promote', '--to', 'prod', '--release-id', release);
const rollback = (...args: readonly string[]): Promise<StkResult> =>
  stk('release', 'rollback', '--env', 'prod', ...args);
const head = (): Promise<string> => shop.repo.git('rev-parse', 'main');
const changed = (): Promise<string> => shop.repo.git('show', '--format=', '--name-only', 'main');
const post = (body: object) =>
  hub.ask('/api/v1/projects/shop/environments/prod/rollback', { method: 'POST', body });

describe('a rollback without a release', () => {
  it('is shown, and proposed, without anything being moved', async () => {
    for (const release of ['v1.0.1', 'v1.1.0']) expect(await promote(release)).toMatchObject({ code: 0 });
    const before = await head();
    const dry = await rollback('--dry-run');
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('rollback(prod): v1.1.0 -> v1.0.1'),
    });
    expect(dry.stdout).toMatch(/prod\.yaml and adding incidents\/\d{4}-\d\d-\d\d-prod-v1\.1\.0\.md/);
    const proposed = await rollback('--propose', '--reason', 'slow', '--json');
    expect(proposed).toMatchObject({
      code: 0,
      json: { committed: false, proposed: { branch: 'rollback/prod/v1.0.1', pushedTo: null } },
    });
    expect(await shop.repo.git('log', '-1', '--format=%s', 'rollback/prod/v1.0.1')).toBe(
      'rollback(prod): v1.1.0 -> v1.0.1',
    );
    expect(await rollback('--propose')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^proposed already on rollback\/prod\/v1\.0\.1, in this clone/),
    });
    const forward = await stk('release', 'promote', '--to', 'prod', '--release-id', 'v1.0.0', '--propose');
    expect(forward).toMatchObject({ code: 0, stdout: expect.stringContaining('promote/prod/v1.0.0') });
    expect(await head()).toBe(before);
    expect((await hub.status('prod')).serving?.release).toBe('v1.1.0');
  });

  it('goes back one release each time, opens an incident in its commit, and ends at the bottom', async () => {
    expect(await rollback('--reason', 'errors at checkout')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('prod serves v1.0.1'),
    });
    expect(await changed()).toMatch(
      /^environments\/prod\.yaml\nincidents\/\d{4}-\d\d-\d\d-prod-v1\.1\.0\.md$/,
    );
    const [, path = ''] = (await changed()).split('\n');
    const text = await shop.repo.git('show', `main:${path}`);
    expect(text).toMatch(/\ncause: person\nactor: operator@example\.com\n/);
    expect(text).toContain('errors at checkout');
    expect(await post({ reason: 'still' })).toMatchObject({
      status: 200,
      json: { from: 'v1.0.1', to: 'v1.0.0', serving: true },
    });
    expect(await changed()).toContain('-prod-v1.0.1.md');
    expect(await rollback()).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('prod served no release before the one that it serves now'),
    });
    expect(await post({})).toMatchObject({ status: 404, json: { code: 'unknown-release' } });
    expect(await post({ to: 'last-known-good' })).toMatchObject({ status: 404 });
    expect(await post({ to: 'yesterday' })).toMatchObject({ status: 400 });
    const lkg = await stk('release', 'lkg', '--env', 'prod', '--json');
    expect(lkg).toMatchObject({ code: 4, json: { environment: 'prod', release: null, fits: null } });
    const [newest] = (lkg.json as { skipped: { release: string; why: string }[] }).skipped;
    expect(newest).toMatchObject({ release: 'v1.0.1', why: expect.stringContaining('600 s are required') });
  });

  it('leaves an incident that people add to, and a revert of it stays clean', async () => {
    const listed = await stk('incident', 'list', '--json');
    const { incidents } = listed.json as { incidents: { incident: string; state: string; cause: string }[] };
    expect(incidents.map(({ state, cause }) => [state, cause])).toEqual([
      ['open', 'person'],
      ['open', 'person'],
    ]);
    const [newest = '', name = ''] = incidents.map(({ incident }) => incident);
    expect(name).toMatch(/-prod-v1\.1\.0$/);
    expect(await stk('incident', 'note', name)).toMatchObject({ code: 2 });
    expect(await stk('incident', 'note', `${name}x`, '--text', 'a')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(`did you mean "${name}"`),
    });
    expect(await stk('incident', 'note', name, '--text', 'the cache was full')).toMatchObject({ code: 0 });
    const other = ['--author', 'Somebody <somebody@example.com>'];
    expect(await stk('incident', 'close', name, '--text', 'over', ...other)).toMatchObject({ code: 3 });
    expect(await stk('incident', 'close', name, '--text', 'the cache is larger')).toMatchObject({ code: 0 });
    expect(await stk('incident', 'close', name, '--text', 'again')).toMatchObject({ code: 3 });
    const shown = await stk('incident', 'show', name, '--json');
    expect(shown).toMatchObject({
      code: 0,
      json: { incident: name, state: 'closed', notes: 1, closed: { text: 'the cache is larger' } },
    });
    const { timeline } = shown.json as { timeline: { what: string; release: string }[] };
    const told = timeline.map(({ what, release }) => `${what} ${release}`);
    expect(told).toEqual(expect.arrayContaining(['note v1.1.0', 'rollback v1.0.1', 'close v1.1.0']));
    expect((await stk('incident', 'show', name)).stdout).toMatch(
      /# prod: v1\.1\.0 was rolled back to v1\.0\.1[^]*## Since/,
    );
    expect(await stk('incident', 'note', newest, '--text', 'v1.0.1 was fine')).toMatchObject({ code: 0 });
    await shop.repo.git('revert', '--no-edit', 'main');
    expect(await changed()).toBe(`environments/prod.yaml\nincidents/${newest}.md`);
    await hub.untilServing('prod', 'v1.0.1');

    const severe = ['--severity', 'critical', '--area', 'auth', '--title', 'tokens are refused'];
    const opened = await stk('incident', 'open', '--env', 'prod', ...severe);
    expect(opened).toMatchObject({ code: 0, stdout: expect.stringContaining('is open; add a note') });
    expect((await stk('incident', 'list', '--open')).stdout).toMatch(
      /open +critical +manual +operator@example\.com/,
    );
  });

  it('shows what does fit where it is refused', async () => {
    expect(await promote('v1.0.1')).toMatchObject({ code: 0 });
    expect(await promote('v1.1.0')).toMatchObject({ code: 0 });
    await shop.sql('prod', 'alter table customers rename column email to mail');
    const refused = await rollback('--json');
    expect(refused).toMatchObject({ code: 3, json: { error: { code: 'incompatible' } } });
    const { matrix } = (refused.json as { error: { matrix: { release: string; verdict: string }[] } }).error;
    expect(matrix).toContainEqual(expect.objectContaining({ release: 'v1.0.1', verdict: 'does-not-fit' }));
    expect(refused.stderr).toMatch(/what fits prod now:[^]*RELEASE +DATABASE[^]*v1\.0\.1 +does not fit/);
    // In an emergency, from the pointer's history alone.
    expect(await rollback('--no-check', '--no-incident')).toMatchObject({ code: 0 });
    expect(await changed()).toBe('environments/prod.yaml');
  });
});
