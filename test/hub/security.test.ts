// Who gets in: web pages, tokens that are not what they claim, listeners that would be open, webhooks.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { wouldBeOpen } from '../../src/hub/http/listener.ts';
import type { AuthSettings } from '../../src/model/project.ts';
import type { TestHub } from '../support/hub/hub-client.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';

const secret = 's'.repeat(32);
const settings: AuthSettings = {
  jwt: { kind: 'secret', secretFrom: 'SECRET' },
  issuer: 'https://issuer.example',
  audience: 'shop',
  rolesClaim: 'roles',
  control: { read: ['viewer'], write: ['operator'], evidence: [] },
};
const listener = { host: '127.0.0.1', port: 0, open: false };
const now = Math.floor(Date.now() / 1000);

let served: ServedRepo;
let hub: TestHub;
beforeAll(async () => {
  served = await serveRepo({ project: { webhook: { secretFrom: 'HOOK' } } });
  hub = await served.startAnother({
    listener: { ...listener, pinnedAuth: settings },
    secret: (name) => (name === 'SECRET' ? secret : 'hook-secret'),
  });
});
afterAll(() => served.close());

function token(claims: Record<string, unknown> = {}, key: string = secret): Promise<string> {
  const whole = { iss: settings.issuer, aud: 'shop', exp: now + 600, roles: ['reader'], ...claims };
  const present = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
  return new SignJWT(present).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(key));
}

const bearer = (text: string) => ({ Authorization: `Bearer ${text}`, 'Stk-Environment': 'dev' });
const statusOf = async (text: string, on: TestHub = hub): Promise<number> =>
  (await on.call('dev', { operation: 'about' }, bearer(text))).status;

describe('open mode', () => {
  it.each([
    [{ Origin: 'https://evil.example' }, 'cross-origin'],
    [{ Origin: 'null' }, 'cross-origin'],
    [{ Host: 'evil.example' }, 'foreign-host'],
    [{ Host: 'localhost.evil.example' }, 'foreign-host'],
    [{ Host: '10.0.0.1' }, 'foreign-host'],
    [{ Host: '127.0.0.1:x' }, 'foreign-host'],
    [{ Host: 'localhost:9999', Origin: 'http://localhost:3000' }, 'cross-origin'],
  ])('refuses %j on every plane', async (headers, code) => {
    const call = await served.hub.call('dev', { operation: 'about' }, { 'Stk-Role': 'reader', ...headers });
    const control = await served.hub.ask('/api/v1/projects', { headers });
    expect([call.json, control.json]).toMatchObject([
      { status: 403, code },
      { status: 403, code },
    ]);
    expect(call.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(['localhost', 'localhost:9999', '127.0.0.1:1', '[::1]:9999', 'LOCALHOST'])(
    'answers as %s: a tunnel has a port of its own',
    async (host) => {
      const call = await served.hub.call('dev', { operation: 'about' }, { 'Stk-Role': 'reader', Host: host });
      expect(call.status).toBe(200);
    },
  );

  it('refuses to start on a listener that others reach', async () => {
    const open = { ...listener, host: '0.0.0.0', pinnedAuth: undefined };
    await expect(served.startAnother({ listener: open })).rejects.toMatchObject({
      code: 'insecure-listener',
    });
    expect(wouldBeOpen({ auth: undefined }, open)).toBe(true);
    expect(wouldBeOpen({ auth: undefined }, { ...open, open: true })).toBe(false);
    expect(wouldBeOpen({ auth: settings }, open)).toBe(false);
  });
});

describe('tokens', () => {
  it('lets a good one in, twice', async () => {
    const good = await token();
    expect([await statusOf(good), await statusOf(good)]).toEqual([200, 200]);
  });

  it.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['another audience', { aud: 'other' }],
    ['an expiry in the past', { exp: now - 60 }],
    ['no expiry', { exp: undefined }],
    ['no audience', { aud: undefined }],
    ['a start in the future', { nbf: now + 600 }],
  ])('refuses %s', async (_, claims) => {
    const answer = await hub.call('dev', { operation: 'about' }, bearer(await token(claims)));
    expect(answer.json).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(answer.headers).toMatchObject({
      'stk-release': 'v1.1.0',
      'stk-revision': expect.any(String),
      'server-timing': expect.any(String),
      'x-request-id': expect.any(String),
    });
  });

  it('takes none from the query', async () => {
    const path = `/projects/shop/environments/dev/call?access_token=${await token()}`;
    const answer = await hub.ask(path, { method: 'POST', body: { operation: 'about' } });
    expect(answer.json).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('refuses another secret, no algorithm, no token, and the header of open mode', async () => {
    const unsigned = new UnsecuredJWT({ iss: settings.issuer, aud: 'shop', exp: now + 600 }).encode();
    expect(await statusOf(await token({}, 'x'.repeat(32)))).toBe(401);
    expect(await statusOf(unsigned)).toBe(401);
    expect((await hub.call('dev', { operation: 'about' }, { 'Stk-Role': 'reader' })).status).toBe(401);
  });

  it('gives a wrong role nothing', async () => {
    expect(await statusOf(await token({ roles: ['guest'] }))).toBe(403);
    expect(await statusOf(await token({ roles: 'guest reader' }))).toBe(200);
  });

  it('forgets a remembered token when it expires', async () => {
    const time = { now: now * 1000 };
    const other = await served.startAnother({
      time,
      listener: { ...listener, pinnedAuth: settings },
      secret: () => secret,
    });
    const short = await token({ exp: now + 20 });
    expect(await statusOf(short, other)).toBe(200);
    time.now += 31_000;
    expect(await statusOf(short, other)).toBe(401);
  });

  it('refuses to start without a long enough secret', async () => {
    const start = served.startAnother({
      listener: { ...listener, pinnedAuth: settings },
      secret: () => 'short',
    });
    await expect(start).rejects.toMatchObject({ code: 'secret-unset' });
  });

  it('verifies by a published key, keeps it through an outage, and never takes its public half as a secret', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' };
    const time = { now: now * 1000 };
    let isUp = true;
    const other = await served.startAnother({
      time,
      listener: {
        ...listener,
        pinnedAuth: { ...settings, jwt: { kind: 'jwks', url: 'https://issuer.example/jwks' } },
      },
      fetchKeySet: () => (isUp ? Promise.resolve({ keys: [jwk] }) : Promise.reject(new Error('down'))),
    });
    const signed = (jti: string): Promise<string> =>
      new SignJWT({ iss: settings.issuer, aud: 'shop', exp: now + 7200, roles: ['reader'], jti })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .sign(privateKey);
    expect(await statusOf(await signed('1'), other)).toBe(200);
    expect(await statusOf(await token({}, JSON.stringify(jwk)), other)).toBe(401);
    isUp = false;
    time.now += 3_600_000;
    expect(await statusOf(await signed('2'), other)).toBe(200);
  });
});

describe('the control plane', () => {
  const environment = '/api/v1/projects/shop/environments/prod';

  it.each([
    ['reader', 403, 403],
    ['viewer', 200, 403],
    ['operator', 200, 400],
  ])('lets %s read with %i and write with %i', async (role, read, write) => {
    const headers = bearer(await token({ roles: [role] }));
    expect((await hub.ask(environment, { headers })).status).toBe(read);
    expect((await hub.ask(`${environment}/promote`, { method: 'POST', headers, body: {} })).status).toBe(
      write,
    );
  });

  it('takes a webhook by its signature alone', async () => {
    const sign = (key: string): string => `sha256=${createHmac('sha256', key).update('{}').digest('hex')}`;
    const send = (key: string) =>
      hub.ask('/api/v1/projects/shop/sync', {
        method: 'POST',
        body: '{}',
        headers: { 'X-Hub-Signature-256': sign(key) },
      });
    expect([(await send('hook-secret')).status, (await send('wrong')).status]).toEqual([202, 401]);
  });

  it('takes a webhook of any usual size, holds none of it, and no large body otherwise', async () => {
    const other = await served.startAnother({
      listener: { ...listener, pinnedAuth: settings },
      secret: (name) => (name === 'SECRET' ? secret : 'hook-secret'),
      limits: { heldBodies: 0 },
    });
    const path = '/api/v1/projects/shop/sync';
    const body = JSON.stringify('x'.repeat(1024 * 1024));
    const signature = `sha256=${createHmac('sha256', 'hook-secret').update(body).digest('hex')}`;
    const sent = await other.ask(path, {
      method: 'POST',
      body,
      headers: { 'X-Hub-Signature-256': signature },
    });
    expect(sent.status).toBe(202);
    const headers = bearer(await token({ roles: ['viewer'] }));
    expect((await hub.ask(path, { method: 'POST', body, headers })).status).toBe(413);
  });
});
