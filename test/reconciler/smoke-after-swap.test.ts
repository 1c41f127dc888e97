// Smoke tests after the swap: a failure takes the move back at once, and the rollback is committed. Whatever is killed, the
// environment ends on what it served before.
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { aConstantRelease, aProject } from '../support/documents/release.ts';
import { aGovernedRepo, governed, untilTold } from '../support/reconciler/governed-rig.ts';
import { closeRigCompiler, createRig, removeRigs, type Rig } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../support/reconciler/rig-databases.ts';
import { aRigRepo, toProd } from '../support/reconciler/rig-repo.ts';

const servers: Server[] = [];

afterEach(async () => {
  await removeRigs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

/** A service that answers 200 unless it is told not to; `asked` is called for each request. */
async function aService(asked: () => number | Promise<number>): Promise<string> {
  const server = createServer((_, response) => {
    void Promise.resolve(asked()).then((status) => response.writeHead(status).end());
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/health`;
}

/** prod asks `url` after each swap. */
function aWatchedRepo(url: string, parts: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const smoke = [{ name: 'health', http: url }];
  const prod = { database: rigDatabase('prod'), smoke, ...parts };
  const environments = { dev: { database: rigDatabase('dev') }, prod };
  return aRigRepo({ 'stk.yaml': aProject({ environments }), ...toProd('v2') });
}

const pointerOf = (rig: Rig): Promise<string> => rig.repo.git('show', 'main:environments/prod.yaml');
const subjectOf = (rig: Rig): Promise<string> => rig.repo.git('log', '-1', '--format=%s', 'main');
const isCommitted = (rig: Rig): boolean =>
  rig.logged.some(({ message }) => message === 'the rollback is committed');

describe('smoke tests after the swap', () => {
  it('take a release back after three attempts, and commit that with a hold and an incident', async () => {
    let broken: string | undefined;
    let attempts = 0;
    const rig: Rig = await createRig({
      files: aWatchedRepo(
        await aService(() => {
          if (broken === undefined || rig.served('prod') !== broken) return 200;
          attempts += 1;
          return 503;
        }),
      ),
    });
    expect(rig.condition('prod', 'SmokePassed')).toMatchObject({ status: 'True', reason: 'TestsPassed' });
    broken = 'v3';
    await rig.land('forward', toProd('v3'));
    expect(rig.served('prod')).toBe('v2');
    expect(attempts).toBe(3);
    await rig.until(() => isCommitted(rig));
    expect(await subjectOf(rig)).toBe('rollback(prod): v3 -> v2');
    const body = await rig.repo.git('log', '-1', '--format=%b', 'main');
    expect(body).toContain('Stk-Action: rollback');
    expect(body).toContain('Stk-Cause: smoke');
    expect(body).toContain('expected status 200 to 299, got status 503');
    expect(await pointerOf(rig)).toContain('hold:');
    const [incident = ''] = (await rig.repo.git('ls-tree', '--name-only', 'main', 'incidents/')).split('\n');
    expect(incident).toMatch(/^incidents\/\d{4}-\d\d-\d\d-prod-v3\.md$/);
    const text = await rig.repo.git('show', `main:${incident}`);
    expect(text).toMatch(
      /^---\nincident: .*-prod-v3\nenvironment: prod\nrelease: v3\nopened: .*\nseverity: high\ncause: smoke\nactor: stk-hub@localhost\n---\n/,
    );
    await rig.reconciler.sync();
    await rig.reconciler.settled();
    expect(rig.condition('prod', 'Ready').status).toBe('True');
    // A revert of the rollback asks for the release again, as another move; it fails again and is taken back again.
    await rig.repo.git('revert', '--no-edit', 'main');
    await rig.reconciler.sync();
    await rig.reconciler.settled();
    expect(rig.served('prod')).toBe('v2');
    expect(attempts).toBe(6);
  });

  it('end on what was served before, wherever the Hub is killed', async () => {
    let isBroken = false;
    let whenAsked: (() => void) | undefined;
    const url = await aService(() => {
      if (!isBroken) return 200;
      whenAsked?.();
      return whenAsked === undefined ? 503 : new Promise<number>(() => undefined);
    });
    const rig = await createRig({ files: aWatchedRepo(url) });
    isBroken = true;
    // It ends while the tests run on the new release: nothing is noted, nothing is committed.
    const asked = new Promise<void>((resolve) => (whenAsked = resolve));
    await rig.repo.commit('forward', toProd('v3'));
    void rig.reconciler.sync();
    await asked;
    expect(rig.served('prod')).toBe('v3');
    whenAsked = undefined;
    const second = await rig.restart();
    expect(second.served('prod')).toBe('v2');
    await second.until(() => isCommitted(second));
    expect(await subjectOf(second)).toBe('rollback(prod): v3 -> v2');
    await second.reconciler.sync();
    expect(second.served('prod')).toBe('v2');
    expect(second.condition('prod', 'Ready').status).toBe('True');
  });

  it('say why a rollback cannot be committed, and commit it later, also after a restart', async () => {
    let broken: string | undefined;
    const url = await aService(() =>
      broken !== undefined && current?.served('prod') === broken ? 500 : 200,
    );
    let current: Rig | undefined;
    const rig = await createRig({ files: aWatchedRepo(url) });
    current = rig;
    broken = 'v3';
    await rig.repo.commit('forward', toProd('v3'));
    await writeFile(join(rig.repo.directory, 'stk.yaml'), 'changed: true\n');
    await rig.reconciler.sync();
    await rig.reconciler.settled();
    expect(rig.served('prod')).toBe('v2');
    await rig.until(() => rig.logged.some(({ message }) => message === 'the rollback is not committed yet'));
    const pending = (of: Rig) =>
      of.reconciler.status('prod')?.conditions.find(({ type }) => type === 'RollbackPending');
    expect(pending(rig)).toMatchObject({ status: 'True', reason: 'WorkTreeDirty' });
    expect(rig.condition('prod', 'SmokePassed')).toMatchObject({ status: 'False', reason: 'SmokeFailed' });
    const next = await rig.restart();
    current = next;
    broken = undefined;
    // The tests would pass now: what was taken back stays away all the same.
    expect(next.served('prod')).toBe('v2');
    await next.until(() => pending(next) !== undefined);
    await next.repo.git('checkout', '--', 'stk.yaml');
    await next.until(() => isCommitted(next));
    expect(await subjectOf(next)).toBe('rollback(prod): v3 -> v2');
    await next.reconciler.sync();
    expect(pending(next)).toBeUndefined();
    // A promotion brings it back.
    await next.land('again', toProd('v3'));
    expect(next.served('prod')).toBe('v3');
  });

  it('only report where the environment says alert, in a rollback, and where nothing was served before', async () => {
    let status = 503;
    const url = await aService(() => status);
    const rig = await createRig({ files: aWatchedRepo(url) });
    expect(rig.served('prod')).toBe('v2');
    expect(rig.condition('prod', 'SmokePassed')).toMatchObject({ status: 'False', reason: 'SmokeFailed' });
    status = 200;
    await rig.land('forward', toProd('v3'));
    expect(rig.condition('prod', 'SmokePassed').status).toBe('True');
    status = 503;
    await rig.land('back', toProd('v2'));
    expect(rig.served('prod')).toBe('v2');
    expect(rig.condition('prod', 'SmokePassed').status).toBe('False');
    const { 'stk.yaml': project = '' } = aWatchedRepo(url, { onSmokeFailure: 'alert' });
    await rig.land('alert', { 'stk.yaml': project });
    await rig.land('first', { 'releases/v4.yaml': aConstantRelease('v4'), ...toProd('v4') });
    expect(rig.served('prod')).toBe('v4');
    expect(rig.condition('prod', 'Ready').status).toBe('True');
    expect(rig.condition('prod', 'SmokePassed').status).toBe('False');
  });

  it('tell an event, after which the release may only come back as a promotion', async () => {
    let status = 200;
    const url = await aService(() => status);
    const { prod } = governed.environments;
    const smoke = [{ name: 'health', http: url }];
    const environments = { ...governed.environments, prod: { ...prod, gates: {}, smoke } };
    const rig = await createRig({ files: aGovernedRepo({ environments }) });
    await rig.land('dev', { 'environments/dev.yaml': 'release: v2\n' });
    status = 503;
    await rig.land('prod', toProd('v2'));
    expect(rig.served('prod')).toBe('v1');
    await rig.until(() => isCommitted(rig));
    await rig.reconciler.sync();
    await rig.reconciler.settled();
    const explained = await rig.reconciler.explain('prod', { release: 'v2', author: undefined });
    expect(explained).toMatchObject({ kind: 'explained', explanation: { move: 'promotion' } });
    await untilTold(rig, 'smoke-failed v2');
  });
});
