// Who is let in by a Hub that runs as a process: web pages, bad tokens, commits that would open the door, and what
// becomes of secrets.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { stringify } from 'yaml';
import type { Answer } from '../support/hub/http-request.ts';
import { poll, stk, type HubProcess } from '../support/hub/hub-process.ts';
import { aProject } from '../support/documents/release.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';

const secret = 'correct-horse-battery-staple-0123456789';
const password = 'hunter2-never-shown';
const auth = {
  jwt: { secretFrom: 'TOKEN_SECRET' },
  issuer: 'https://issuer.example',
  audience: 'shop',
  rolesClaim: 'roles',
  control: { read: ['viewer'], write: ['operator'], evidence: [] },
};
const everywhere = ['--listen', '0.0.0.0:0'];
const inAnHour = Math.floor(Date.now() / 1000) + 3600;

const sign = (claims: Record<string, unknown> = {}, alg = 'HS256', key = secret): Promise<string> => {
  const whole = { iss: auth.issuer, aud: 'shop', exp: inAnHour, roles: ['support', 'viewer'], ...claims };
  const present = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
  return new SignJWT(present).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key));
};
const about = (hub: HubProcess, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  hub.ask('/projects/shop/environments/dev/call', {
    method: 'POST',
    body: { operation: 'about', input: {} },
    headers,
  });
const withToken = async (hub: HubProcess, token: string | Promise<string>): Promise<Answer> =>
  about(hub, { Authorization: `Bearer ${await token}` });

/** The database URLs carry a password; the test server trusts everybody, so any will do. */
function withPassword(shop: Shop): Record<string, string> {
  const named = Object.entries(shop.variables).map(([name, value]) => {
    const url = new URL(value);
    url.password = password;
    return [name, url.href] as const;
  });
  return { ...Object.fromEntries(named), TOKEN_SECRET: secret };
}

async function shopWith(project: Readonly<Record<string, unknown>> = {}): Promise<Shop> {
  return createShop('postgres-18', { project });
}

/** stk.yaml as it is, with members replaced; undefined takes one away. */
async function commitProject(shop: Shop, parts: Readonly<Record<string, unknown>>): Promise<void> {
  const environments = ['dev', 'staging', 'prod'].map((name) => {
    const urlFrom = `${name.toUpperCase()}_DATABASE_URL`;
    return [name, { database: { urlFrom } }] as const;
  });
  const text = aProject({ environments: Object.fromEntries(environments), ...parts });
  await shop.repo.commit('chore: another stk.yaml', { 'stk.yaml': text });
}

describe('a Hub with auth on a listener that others reach', () => {
  let shop: Shop;
  let hub: HubProcess;
  beforeAll(async () => {
    shop = await shopWith({ auth });
    hub = await shop.startHub({ args: everywhere, env: withPassword(shop) });
    await withToken(hub, sign());
  });
  afterAll(() => shop.close());

  it('answers a good token', async () => {
    expect(await withToken(hub, sign())).toMatchObject({ status: 200 });
  });

  it.each([
    { what: 'another algorithm', token: sign({}, 'HS512', secret.repeat(2)) },
    { what: 'no algorithm', token: Promise.resolve(new UnsecuredJWT({ roles: ['support'] }).encode()) },
    { what: 'another secret', token: sign({}, 'HS256', 'x'.repeat(40)) },
    { what: 'another issuer', token: sign({ iss: 'https://evil.example' }) },
    { what: 'another audience', token: sign({ aud: 'elsewhere' }) },
    { what: 'no expiry', token: sign({ exp: undefined }) },
    { what: 'a past expiry', token: sign({ exp: inAnHour - 7200 }) },
  ])('answers 401 unauthenticated to a token with $what', async ({ token }) => {
    expect((await withToken(hub, token)).json).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('answers 401 to no token and to the header of open mode, 403 to another role', async () => {
    expect((await about(hub)).json).toMatchObject({ code: 'unauthenticated' });
    expect((await about(hub, { 'Stk-Role': 'support' })).json).toMatchObject({ code: 'unauthenticated' });
    expect((await withToken(hub, sign({ roles: ['nobody'] }))).json).toMatchObject({ code: 'forbidden' });
    const promote = await hub.ask('/api/v1/projects/shop/environments/dev/promote', {
      method: 'POST',
      body: { release: 'v1.0.0' },
      headers: { Authorization: `Bearer ${await sign()}` },
    });
    expect(promote.json).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it('refuses a commit that removes auth, and keeps the auth that it has', async () => {
    await commitProject(shop, {});
    const authorization = { Authorization: `Bearer ${await sign()}` };
    const refused = await poll(90_000, async () => {
      const { text } = await hub.ask('/api/v1/projects/shop/environments/dev', { headers: authorization });
      return text.includes('InsecureProject') ? true : undefined;
    });
    expect(refused).toBe(true);
    expect((await about(hub, { 'Stk-Role': 'support' })).json).toMatchObject({ code: 'unauthenticated' });
    expect((await withToken(hub, sign())).status).toBe(200);
  });

  it.each([
    ['names another secret', { ...auth, jwt: { secretFrom: 'PATH' } }],
    ['names keys of its own', { ...auth, jwt: { jwksUrl: 'https://keys.example/jwks' } }],
    ['names another issuer', { ...auth, issuer: 'https://other.example' }],
  ])('keeps the auth that it has when a commit %s, and says so', async (_, changed) => {
    await commitProject(shop, { auth: changed });
    const authorization = { Authorization: `Bearer ${await sign()}` };
    const refused = await poll(90_000, async () => {
      const { text } = await hub.ask('/api/v1/projects/shop/environments/dev', { headers: authorization });
      return text.includes('InsecureProject') && text.includes('was changed') ? true : undefined;
    });
    expect(refused).toBe(true);
    expect((await withToken(hub, sign())).status).toBe(200);
  });

  it('shows no secret in its log, its metrics or its answers', async () => {
    const metrics = await hub.ask('/metrics');
    const shown = [hub.stdout(), hub.stderr(), metrics.text].join('\n');
    expect(shown).toContain('release activated');
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(password);
    expect(shown).not.toContain(await sign());
  });
});

describe('starting a Hub', () => {
  let shop: Shop | undefined;
  afterEach(() => shop?.close());
  const start = (repo: Shop, args: readonly string[], env: Record<string, string>) =>
    stk(['hub', '--repo', repo.repo.directory, '--state', repo.state, ...args], { cwd: '/', env });

  it('without auth on a listener that others reach needs --open', async () => {
    shop = await shopWith();
    const refused = await start(shop, everywhere, withPassword(shop));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--open');
    expect(refused.stderr).not.toContain('Listening on');
    const open = await shop.startHub({ args: [...everywhere, '--open'] });
    expect((await about(open, { 'Stk-Role': 'support' })).status).toBe(200);
  });

  it('with a secret that is not set, or too short, exits 2 and names the variable', async () => {
    shop = await shopWith({ auth });
    for (const value of ['', 'short-secret']) {
      const refused = await start(shop, ['--listen', '127.0.0.1:0'], {
        ...withPassword(shop),
        TOKEN_SECRET: value,
      });
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('TOKEN_SECRET');
      expect(refused.stderr).not.toContain('short-secret');
    }
  });

  it('with --auth-file keeps that auth whatever stk.yaml says', async () => {
    shop = await shopWith();
    const folder = await mkdtemp(join(tmpdir(), 'stk-test-auth-'));
    const file = join(folder, 'auth.yaml');
    await writeFile(file, stringify(auth));
    try {
      const args = [...everywhere, '--auth-file', file];
      const hub = await shop.startHub({ args, env: withPassword(shop) });
      expect((await about(hub, { 'Stk-Role': 'support' })).json).toMatchObject({ code: 'unauthenticated' });
      const elsewhere = { ...auth, issuer: 'https://evil.example' };
      await commitProject(shop, { auth: elsewhere });
      const revision = await shop.repo.revision();
      const isObserved = await poll(90_000, async () => {
        const headers = { Authorization: `Bearer ${await sign()}` };
        const { text } = await hub.ask('/api/v1/projects/shop/environments/dev', { headers });
        return text.includes(`"observedRevision":"${revision}"`) ? true : undefined;
      });
      expect(isObserved).toBe(true);
      expect((await withToken(hub, sign({ iss: elsewhere.issuer }))).json).toMatchObject({ status: 401 });
      expect((await withToken(hub, sign())).status).toBe(200);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('with a database that refuses its password does not show the password in errors', async () => {
    shop = await shopWith();
    const url = `postgres://someone:${password}@127.0.0.1:1/none`;
    const hub = await shop.startHub({ env: { DEV_DATABASE_URL: url }, until: 'listening' });
    const status = await hub.untilReason('dev', 'DatabaseUnavailable');
    const check = await hub.check('dev', { release: 'v1.1.0' });
    expect(check.json).toMatchObject({ status: 503 });
    const shown = [JSON.stringify(status), check.text, (await hub.ask('/metrics')).text, hub.stderr()].join();
    expect(shown).not.toContain(password);
  });
});

describe('open mode', () => {
  let shop: Shop;
  let hub: HubProcess;
  beforeAll(async () => {
    shop = await shopWith();
    hub = await shop.startHub();
  });
  afterAll(() => shop.close());

  it.each([
    { headers: { Origin: 'https://evil.example' }, code: 'cross-origin' },
    { headers: { Host: 'evil.example:8080' }, code: 'foreign-host' },
  ])("refuses a web page's request: $code", async ({ headers, code }) => {
    expect((await about(hub, { 'Stk-Role': 'support', ...headers })).json).toMatchObject({
      status: 403,
      code,
    });
    const control = await hub.ask('/api/v1/projects/shop/sync', { method: 'POST', body: {}, headers });
    expect(control.json).toMatchObject({ status: 403, code });
  });

  it('takes no form: a page could send that without asking', async () => {
    const form = await hub.ask('/projects/shop/environments/dev/call', {
      method: 'POST',
      body: '{"operation":"about","input":{}}',
      headers: { 'Content-Type': 'text/plain', 'Stk-Role': 'support' },
    });
    expect(form.json).toMatchObject({ status: 415, code: 'unsupported-media-type' });
  });

  it.each(['--reason', 'the API'])('refuses a trailer that is injected through %s', async (way) => {
    const reason = 'urgent\n\nStk-Actor: root\nSigned-off-by: root';
    const before = await shop.repo.revision();
    if (way === '--reason') {
      const args = ['release', 'promote', '--to', 'prod', '--release-id', 'v1.0.1', '--reason', reason];
      const run = await shop.stk(hub, ...args);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain('line break');
    } else {
      const answer = await hub.ask('/api/v1/projects/shop/environments/prod/promote', {
        method: 'POST',
        body: { release: 'v1.0.1', reason },
      });
      expect(answer.json).toMatchObject({ status: 400, code: 'malformed' });
    }
    expect(await shop.repo.revision()).toBe(before);
  });
});

describe('STK_TOKEN', () => {
  it('goes to a Hub that the operator names, never to one that a file in the repo names', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const trap = createServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(503, { 'Content-Type': 'application/json' }).end('{}');
    });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    const { port } = trap.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const shop = await shopWith({ hub: url });
    try {
      const env = { STK_TOKEN: 'operator-token' };
      await stk(['status'], { cwd: shop.repo.directory, env });
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.map(({ authorization }) => authorization).filter(Boolean)).toEqual([]);
      await stk(['status', '--hub', url], { cwd: shop.repo.directory, env });
      expect(seen.at(-1)?.authorization).toBe('Bearer operator-token');
    } finally {
      trap.close();
      await shop.close();
    }
  });
});
