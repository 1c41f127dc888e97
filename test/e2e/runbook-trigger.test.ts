// The rollback of a release runbook without anybody there, by the built command line and a running Hub: the smoke tests of what is
// served fail in a loop. The Hub goes back, freezes, verifies, opens the incident and tells it; people find all of it afterwards.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse, stringify } from 'yaml';
import type { HubProcess, StkResult } from '../support/hub/hub-process.ts';
import { createShop, type Shop, shopRelease } from '../support/hub/shop.ts';
import { startTarget, type NotifyTarget } from '../support/notify/target.ts';

/** Path that the program beside the Hub fails at; `undefined`: none. */
let broken: string | undefined;
let server: Server;
let target: NotifyTarget;
let shop: Shop;
let hub: HubProcess;
const stk = (...args: readonly string[]): Promise<StkResult> => shop.stk(hub, ...args);
const done = async (...args: readonly string[]): Promise<StkResult> => {
  const result = await stk(...args);
  expect([args, result.code, result.stderr]).toEqual([args, 0, expect.anything()]);
  return result;
};
const told = (): string[] =>
  target.got.map(({ body }) => `${String(body['type']).replace('dev.stk.', '')} ${String(body['subject'])}`);

beforeAll(async () => {
  server = createServer((request, response) => {
    response.writeHead(request.url === broken ? 503 : 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const backend = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  target = await startTarget();
  shop = await createShop('postgres-18', { prod: 'migrated' });
  hub = await shop.startHub({ env: { STK_HOOK: target.url } });
  const project = parse(await shop.repo.git('show', 'HEAD:stk.yaml')) as {
    environments: Record<string, object>;
  };
  const loop = { smoke: true, every: '10s', failingFor: '10s', do: 'rollback' };
  const prod = { ...project.environments['prod'], lastKnownGood: { for: '0s' }, triggers: { loop } };
  const watched = {
    ...project,
    people: { 'incident-commander': ['operator@example.com'] },
    notify: [{ urlFrom: 'STK_HOOK', as: 'cloudevents', environments: ['prod'] }],
    environments: { ...project.environments, prod },
  };
  const night = (id: string): string =>
    shopRelease(id, { smoke: [{ name: 'health', http: `${backend}/${id}`, within: '2s' }] });
  await shop.repo.commit('triggers', {
    'stk.yaml': stringify(watched, { aliasDuplicateObjects: false }),
    'releases/v1.0.2.yaml': night('v1.0.2'),
    'releases/v1.0.3.yaml': night('v1.0.3'),
  });
  await done('release', 'promote', '--to', 'prod', '--release-id', 'v1.0.2');
  await done('release', 'promote', '--to', 'prod', '--release-id', 'v1.0.3');
});
afterAll(async () => {
  await shop?.close();
  await target?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it('follows the runbook to its end when a trigger fires, and tells all of it', async () => {
  const promoted = await shop.repo.revision();
  broken = '/v1.0.3';
  await hub.untilServing('prod', 'v1.0.2');

  // One commit: the way back, the hold, the freeze and the incident.
  const commits = (await shop.repo.git('log', '--format=%s', `${promoted}..main`)).split('\n');
  expect(commits).toEqual(['rollback(prod): v1.0.3 -> v1.0.2']);
  expect(await shop.repo.git('log', '-1', '--format=%b', 'main')).toMatch(
    /^Stk-Cause: trigger\nStk-Reason: Trigger loop: The smoke test .*health.* failed: .*\nStk-Trigger: loop$/m,
  );
  const changed = (await shop.repo.git('show', '--format=', '--name-only', 'main')).split('\n').toSorted();
  const [, freeze = '', incident = ''] = changed.map((path) => path.replace(/^.*\/|\.(yaml|md)$/g, ''));
  expect(changed).toEqual([
    'environments/prod.yaml',
    expect.stringMatching(/^freezes\/prod-\d{4}-\d\d-\d\d-1-incident\.yaml$/),
    expect.stringMatching(/^incidents\/\d{4}-\d\d-\d\d-prod-v1\.0\.3\.md$/),
  ]);
  expect(await shop.repo.git('show', 'main:environments/prod.yaml')).toMatch(/release: v1\.0\.2\nhold:/);

  // What is served now is verified: its smoke tests have run after the swap.
  await hub.until('prod', ({ conditions }) =>
    conditions.some(({ type, reason }) => type === 'SmokePassed' && reason === 'TestsPassed'),
  );
  expect((await hub.call('prod', 'about')).json).toEqual({ result: { release: 'v1.0.2' } });
  expect((await done('smoke', '--env', 'prod')).stdout).toContain('✓ health');

  // Whoever is on call is told once: what fired, that it was rolled back, and of the incident.
  await hub.eventually('everybody was told', async () => told().includes('incident v1.0.3'));
  await hub.eventually('the rollback was told', async () => told().includes('rolled-back v1.0.2'));
  expect(
    told()
      .filter((one) => /fired|rolled-back|incident/.test(one))
      .toSorted(),
  ).toEqual(['incident v1.0.3', 'rolled-back v1.0.2', 'trigger-fired v1.0.3']);

  // Nothing moves forward before a person says so.
  const forward = await stk('release', 'promote', '--to', 'prod', '--release-id', 'v1.0.1');
  expect([forward.code, forward.stderr]).toEqual([3, expect.stringContaining(`Frozen by ${freeze}`)]);

  // The protocol, which people complete.
  await done('incident', 'note', incident, '--text', 'the pool was too small');
  await hub.eventually('the events are written', async () =>
    (await done('incident', 'show', incident)).stdout.includes(': activate v1.0.2'),
  );
  const { stdout } = await done('incident', 'show', incident);
  expect(stdout).toMatch(/Trigger loop: The smoke test "health" failed/);
  expect(stdout).toMatch(/The Hub automatically rolled prod back to v1\.0\.2\./);
  const since = stdout.slice(stdout.indexOf('## Since it was opened'));
  expect(since).toMatch(
    /: freeze v1\.0\.3 by [^]*: hold v1\.0\.2 by [^]*: rollback v1\.0\.2 by .*: activated: /,
  );
  expect(since).toMatch(/: activate v1\.0\.2 by [^]*: note v1\.0\.3 by .*: the pool was too small/);
  await done('incident', 'close', incident, '--text', 'the pool is larger');
  await done('unfreeze', freeze);
  await done('resume', '--env', 'prod');
  const audited = (await done('audit', '--env', 'prod', '--json')).json as Record<string, unknown>[];
  const actions = audited.map(({ action, version }) => `${String(action)} ${String(version)}`);
  for (const action of ['rollback v1.0.2', 'trigger-fired v1.0.3'])
    expect([action, actions.filter((one) => one === action)]).toEqual([action, [action]]);
  expect(actions.map((one) => one.replace(/ .*/, ''))).toEqual(
    expect.arrayContaining(['hold', 'freeze', 'unfreeze', 'resume']),
  );
  expect(audited.find(({ action }) => action === 'rollback')).toMatchObject({
    result: 'activated',
    actor: 'stk-hub@localhost',
  });
});
