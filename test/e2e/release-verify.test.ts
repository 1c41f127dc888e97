// `stk release verify` against a real Hub and real services: one line each, exit 3 while one of them differs.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aPointer } from '../support/documents/release.ts';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';

interface Service {
  readonly url: string;
  version: string;
  status: number;
}

describe('stk release verify', () => {
  const servers: Server[] = [];
  let shop: Shop;
  let hub: HubProcess;
  let api: Service;
  let worker: Service;

  async function aService(version: string): Promise<Service> {
    const service = { url: '', version, status: 200 };
    const server = createServer((_request, response) => {
      response.writeHead(service.status, {
        'content-type': 'application/json',
        'X-Version': service.version,
      });
      response.end(JSON.stringify({ build: { version: service.version } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    return Object.assign(service, {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`,
    });
  }

  beforeAll(async () => {
    api = await aService('v1.0.0');
    worker = await aService('app-v1.0.0');
    shop = await createShop('postgres-18', { prod: 'migrated' });
    hub = await shop.startHub();
    await hub.untilServing('prod', 'v1.0.0');
    const text = await shop.repo.git('show', 'HEAD:stk.yaml');
    const services = {
      'api-gateway': { url: api.url, version: '/build/version' },
      workers: { url: worker.url, version: { header: 'X-Version' }, expect: 'ref' },
    };
    const prod = `hubs: [${hub.url}]\n    services: ${JSON.stringify(services)}`;
    await shop.repo.commit('services', {
      'stk.yaml': text.replace('\n  prod:\n', `\n  prod:\n    ${prod}\n`),
    });
  });
  afterAll(async () => {
    await shop?.close();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  });

  it('is fine when all of them run what the pointer names', async () => {
    const told = await shop.stk(hub, 'release', 'verify', '--env', 'prod');
    expect(told.stdout.split('\n')).toEqual([
      `✓ ${hub.url}: v1.0.0 (healthy)`,
      '✓ api-gateway: v1.0.0 (healthy)',
      '✓ workers: app-v1.0.0 (healthy)',
      '',
    ]);
    expect(told.code).toBe(0);
    const dev = await shop.stk(hub, 'release', 'verify', '--env', 'dev');
    expect([dev.code, dev.stdout]).toEqual([0, '✓ hub: v1.1.0 (healthy)\n']);
  });

  it('names what differs, is not healthy or gives no answer, and waits for it with --watch', async () => {
    api.version = 'v1.0.1';
    worker.status = 503;
    const told = await shop.stk(hub, 'release', 'verify', '--env', 'prod', '--json');
    expect(told.code).toBe(3);
    expect(told.json).toMatchObject({
      environment: 'prod',
      release: 'v1.0.0',
      ok: false,
      lines: [
        { name: hub.url, kind: 'hub', ok: true, version: 'v1.0.0', healthy: true, problem: null },
        { name: 'api-gateway', ok: false, version: 'v1.0.1', healthy: true, problem: 'expected v1.0.0' },
        { name: 'workers', ok: false, version: 'app-v1.0.0', healthy: false, problem: 'it answers 503' },
      ],
    });
    const waiting = shop.stk(hub, 'release', 'verify', '--env', 'prod', '--watch', '--timeout', '60s');
    await shop.repo.commit('promote', { 'environments/prod.yaml': aPointer('v1.0.1') });
    await shop.repo.commit('and back', { 'environments/prod.yaml': aPointer('v1.0.0') });
    api.version = 'v1.0.0';
    worker.status = 200;
    expect((await waiting).code).toBe(0);
  });

  it('runs a command only when it may, without a shell, and takes the version of an image', async () => {
    const text = await shop.repo.git('show', 'HEAD:stk.yaml');
    const script = 'process.stdout.write(`registry.example.com:5000/workers:${process.argv[1]}\\n`)';
    const command = JSON.stringify([process.execPath, '-e', script, 'v1.0.0']);
    const services = `workers: { command: ${command} }, gone: { url: "http://127.0.0.1:1/" }`;
    await shop.repo.commit('commands', {
      'stk.yaml': text.replace('\n  staging:\n', `\n  staging:\n    services: { ${services} }\n`),
      'environments/staging.yaml': aPointer('v1.0.0'),
    });
    await hub.untilServing('staging', 'v1.0.0');
    const verify = ['release', 'verify', '--env', 'staging'];
    const skipped = await shop.stk(hub, ...verify);
    expect(skipped.stdout).toContain('✗ workers: skipped, because commands run only with --run-commands\n');
    const run = await shop.stk(hub, ...verify, '--run-commands');
    expect(run.stdout).toContain('✓ workers: v1.0.0 (healthy)\n');
    expect(run.stdout).toContain('✗ gone: no answer: ECONNREFUSED\n');
    expect([skipped.code, run.code]).toEqual([3, 3]);
  });
});
