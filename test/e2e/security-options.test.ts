// What the operator allows on the command line, in a running Hub: variables that a later commit may name, key sets in the own
// network, and a webhook that no commit changes.
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { stringify } from 'yaml';
import { aConstantRelease, aPointer, aProject } from '../support/documents/release.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { startHubProcess, type HubProcess } from '../support/hub/hub-process.ts';

let repo: TestRepo;
let folder: string;
const hubs: HubProcess[] = [];

/** Nothing listens there, which is seen at once. */
const nowhere = 'postgres://a@127.0.0.1:1/none';
const on = (variable: string, parts: object = {}): string =>
  aProject({ environments: { prod: { database: { urlFrom: variable } } }, ...parts });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stk-test-options-'));
  repo = await createTestRepo({
    files: {
      'stk.yaml': on('PROD_URL', { webhook: { secretFrom: 'REPO_HOOK' } }),
      'environments/prod.yaml': aPointer('v1'),
      'releases/v1.yaml': aConstantRelease('v1'),
    },
  });
});
afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.stop()));
});
afterAll(async () => {
  await repo.remove();
  await rm(folder, { recursive: true });
});

async function start(...args: readonly string[]): Promise<HubProcess> {
  const env = {
    PROD_URL: nowhere,
    LATER_URL: nowhere,
    REPO_HOOK: 'of the repo',
    OWN_HOOK: 'of the operator',
  };
  const hub = await startHubProcess({
    repo: repo.directory,
    state: await mkdtemp(join(folder, 'state-')),
    args,
    env,
    until: 'listening',
  });
  hubs.push(hub);
  return hub;
}

it('--secrets says which variables a later commit may name', async () => {
  const [strict, allowing] = [await start(), await start('--secrets', 'LATER_*')];
  for (const hub of [strict, allowing]) await hub.untilReason('prod', 'DatabaseUnavailable');
  await repo.commit('feat: another database', { 'stk.yaml': on('LATER_URL') });
  await strict.untilReason('prod', 'SecretUnset');
  expect(JSON.stringify(await strict.status('prod'))).toContain('--secrets LATER_URL');
  const revision = await repo.revision();
  const { conditions } = await allowing.until('prod', (status) => status.observedRevision === revision);
  expect(conditions.map(({ reason }) => reason)).toContain('DatabaseUnavailable');
  await repo.git('revert', '--no-edit', 'HEAD');
});

it('a webhook in the file of --auth-file takes the place of that of stk.yaml', async () => {
  const file = join(folder, 'webhook.yaml');
  const jwt = { secretFrom: 'OWN_HOOK' };
  await writeFile(
    file,
    stringify({ jwt, issuer: 'https://id.example', audience: 'shop', webhook: { secretFrom: 'OWN_HOOK' } }),
  );
  const own = 'x'.repeat(32);
  const hub = await startHubProcess({
    repo: repo.directory,
    state: await mkdtemp(join(folder, 'state-')),
    args: ['--auth-file', file],
    env: { PROD_URL: nowhere, REPO_HOOK: 'of the repo', OWN_HOOK: own },
    until: 'listening',
  });
  hubs.push(hub);
  const body = { ref: 'refs/heads/main' };
  const signedWith = async (secret: string): Promise<number> => {
    const signature = createHmac('sha256', secret).update(JSON.stringify(body)).digest('hex');
    const headers = { 'X-Hub-Signature-256': `sha256=${signature}` };
    return (await hub.ask('/api/v1/projects/shop/sync', { method: 'POST', body, headers })).status;
  };
  expect([await signedWith(own), await signedWith('of the repo')]).toEqual([202, 401]);
});

it('--allow-private-jwks lets a key set stand in the own network; without it nothing is fetched', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' }] });
  let fetched = 0;
  const server: Server = createServer((_request, response) => {
    fetched += 1;
    response.setHeader('Content-Type', 'application/json').end(keys);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const file = join(folder, 'jwks.yaml');
    const auth = {
      jwt: { jwksUrl: `http://127.0.0.1:${port}/jwks` },
      issuer: 'https://id.example',
      audience: 'shop',
      control: { read: ['viewer'], write: [] },
    };
    await writeFile(file, stringify(auth));
    const token = await new SignJWT({ roles: ['viewer'] })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuer(auth.issuer)
      .setAudience(auth.audience)
      .setExpirationTime('10m')
      .sign(privateKey);
    const ask = async (hub: HubProcess): Promise<number> =>
      (await hub.ask('/api/v1/projects', { headers: { Authorization: `Bearer ${token}` } })).status;
    const closed = await start('--auth-file', file);
    expect([await ask(closed), fetched]).toEqual([401, 0]);
    expect(closed.stderr()).toContain('--allow-private-jwks');
    const open = await start('--auth-file', file, '--allow-private-jwks');
    expect([await ask(open), fetched > 0]).toEqual([200, true]);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
