// What a commit cannot decide while the Hub runs: who may call beyond loopback, which variables are secrets, where keys come
// from. And what a proxy on the same machine does not make local.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { AllowedVariables } from '../../src/app/allowed-variables.ts';
import { parseAuthSettings } from '../../src/documents/project/parse-auth-settings.ts';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { createKeySetFetcher, isPrivateAddress } from '../../src/hub/auth/fetch-key-set.ts';
import { refuseChangedAuth } from '../../src/hub/http/listener.ts';
import { escapeInvisible } from '../../src/kernel/invisible.ts';
import { parseGitLocation } from '../../src/git/git-location.ts';
import type { Project } from '../../src/model/project.ts';
import type { TestHub } from '../support/hub/hub-client.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';

const dev = 'environments: { dev: { database: { urlFrom: DEV_URL } } }\n';
function aProject(text: string, environments = dev): Project {
  const parsed = parseProject(`project: shop\n${environments}${text}`, { file: 'stk.yaml', gateKinds: [] });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}
const auth = (jwt: string, more = ''): string => `auth: { jwt: { ${jwt} }, issuer: i, audience: a${more} }\n`;

describe('who may call', () => {
  const started = aProject(auth('secretFrom: STK_SECRET')).auth;
  const beyond = { host: '0.0.0.0', port: 0, open: false, pinnedAuth: undefined };

  it.each([
    auth('secretFrom: PATH'),
    auth('jwksUrl: https://evil.example/jwks'),
    auth('secretFrom: STK_SECRET', ', control: { write: [anybody] }'),
    auth('secretFrom: STK_SECRET', ', rolesClaim: sub'),
    '',
  ])('is not changed by a commit beyond loopback: %s', (text) => {
    expect(refuseChangedAuth(aProject(text), beyond, started)).toMatchObject({
      code: 'insecure-project',
      message: expect.stringContaining('after a restart of the Hub'),
    });
    expect(refuseChangedAuth(aProject(text), { ...beyond, host: '127.0.0.1' }, started)).toBeUndefined();
  });

  it('stays as it is by other commits', () => {
    const project = aProject(`hub: http://127.0.0.1:1\n${auth('secretFrom: STK_SECRET')}`);
    expect(refuseChangedAuth(project, beyond, started)).toBeUndefined();
  });
});

it('variables that a commit names are those of the start or of a pattern', () => {
  const allowed = new AllowedVariables(['STK_*', 'SHOP_DB']);
  expect(allowed.has('DEV_URL')).toBe(true);
  allowed.start(aProject(auth('secretFrom: TOKENS') + 'webhook: { secretFrom: HOOK }'), {
    auth: undefined,
    webhook: { secretFrom: 'PINNED' },
  });
  const names = ['DEV_URL', 'TOKENS', 'HOOK', 'PINNED', 'STK_ANY', 'SHOP_DB', 'PATH', 'SHOP_DB2', 'MY_STK_X'];
  expect(names.filter((name) => allowed.has(name))).toEqual(names.slice(0, 6));
});

it('variables that the configuration names go only to the addresses that it named them for at the start', () => {
  const allowed = new AllowedVariables(['STK_*']);
  const smoke = 'smoke: [{ name: a, http: "https://shop.example/{id}", headersFrom: { X-Key: SHOP_KEY } }]';
  const forge = 'forge: { kind: github, project: org/shop, tokenFrom: STK_FORGE }';
  const environments = `environments:
  dev: { database: { embedded: true }, ${smoke}, hub: { url: "https://hub.example/", tokenFrom: HUB_TOKEN } }
  prod: { database: { urlFrom: PROD_URL } }
`;
  allowed.start(aProject(forge, environments), { auth: undefined, webhook: undefined });
  const pairs = [
    ['SHOP_KEY', 'https://shop.example/7?x=1'],
    ['HUB_TOKEN', 'https://hub.example/api/v1/projects/shop'],
    ['STK_FORGE', 'https://api.github.com/repos'],
    ['STK_OTHER', 'https://elsewhere.example/'],
    ['SHOP_KEY', 'https://shop.example:8443/'],
    ['SHOP_KEY', 'http://shop.example/'],
    ['STK_FORGE', 'https://elsewhere.example/'],
    ['HUB_TOKEN', 'https://shop.example/'],
    ['PROD_URL', 'https://shop.example/'],
    ['PATH', 'https://shop.example/'],
  ] as const;
  expect(pairs.filter(([name, url]) => allowed.maySend(name, url))).toEqual(pairs.slice(0, 4));
});

describe('the file of --auth-file', () => {
  const text = 'jwt: { secretFrom: A }\nissuer: i\n# a word\nwebhook:\n  secretFrom: HOOK\naudience: a\n';

  it('may pin the webhook too', () => {
    expect(parseAuthSettings(text, { file: 'auth.yaml' })).toMatchObject({
      ok: true,
      value: { auth: { issuer: 'i', audience: 'a' }, webhook: { secretFrom: 'HOOK' } },
    });
    const alone = parseAuthSettings('jwt: { secretFrom: A }\nissuer: i\naudience: a', { file: 'auth.yaml' });
    expect(alone.ok && alone.value.webhook).toBe(undefined);
  });

  it('says where a problem is', () => {
    const parsed = parseAuthSettings(text.replace('HOOK', '1x'), { file: 'auth.yaml' });
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([{ line: 5, pointer: '/webhook/secretFrom' }]);
  });
});

describe('a key set', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    'fd00::1',
    'fe80::1',
  ])('is not taken from %s', async (address) => {
    expect(isPrivateAddress(address)).toBe(true);
    const host = address.includes(':') ? `[${address}]` : address;
    const fetch = createKeySetFetcher({ allowPrivate: false });
    await expect(fetch(`http://${host}:1/jwks`)).rejects.toThrow('--allow-private-jwks');
  });

  it.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111'])('may be taken from %s', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });

  it('is not taken from a name that stands for such an address', async () => {
    const fetch = createKeySetFetcher({ allowPrivate: false });
    await expect(fetch('http://localhost:1/jwks')).rejects.toThrow('--allow-private-jwks');
  });
});

it('a repository URL with a query is refused, and the query not shown', () => {
  for (const end of ['?token=hidden', '#hidden'])
    expect(() => parseGitLocation(`https://git.example.com/shop.git${end}`)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.not.stringContaining('hidden') }),
    );
});

it('characters that nobody sees are shown escaped', () => {
  expect(escapeInvisible('a\u061cb\u200bc\ufeffd\u{e0041}e\n')).toBe(
    'a\\u{61c}b\\u{200b}c\\u{feff}d\\u{e0041}e\n',
  );
  expect(escapeInvisible('naïve 日本 👩\u200d👧')).toBe('naïve 日本 👩\u200d👧');
});

describe('requests', () => {
  let served: ServedRepo;
  let hub: TestHub;
  beforeAll(async () => {
    served = await serveRepo();
    const pinnedAuth = aProject(auth('secretFrom: STK_SECRET')).auth;
    hub = await served.startAnother({
      listener: { host: '127.0.0.1', port: 0, open: false, pinnedAuth },
      secret: () => 's'.repeat(32),
    });
  });
  afterAll(() => served.close());

  it.each([
    { 'X-Real-IP': '8.8.8.8' },
    { Via: '1.1 proxy' },
    { Forwarded: 'for=8.8.8.8' },
    { 'X-Forwarded-Proto': 'https' },
    { Host: 'hub.example.com' },
  ])('that a proxy on this machine passes on get no metrics: %j', async (headers) => {
    expect((await hub.ask('/metrics')).status).toBe(200);
    expect((await hub.ask('/metrics', { headers })).status).toBe(401);
  });

  it('with two Host headers are refused', async () => {
    const lines = [
      'GET /health/live HTTP/1.1',
      'Host: localhost',
      'Host: other',
      'Connection: close',
      '',
      '',
    ];
    expect(await sendRaw(hub.url, lines.join('\r\n'))).toMatch(/^HTTP\/1\.1 400 /);
    const one = lines.filter((line) => line !== 'Host: other').join('\r\n');
    expect(await sendRaw(hub.url, one)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

function sendRaw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}
