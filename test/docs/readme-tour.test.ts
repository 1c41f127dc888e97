// The README's tour, run as it stands with the packed package, installed in an empty folder: every sh block on a copy of this
// repository, its output against the text block that follows, where `…` stands for what differs. Only the port is another.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gitTestEnvironment } from '../support/git/git-repo.ts';
import { readCommands, toPattern } from '../support/documents/doc-commands.ts';
import { serverUrl } from '../support/databases/database.ts';
import { installPackage, type InstalledPackage } from '../support/hub/installed-package.ts';
import { openServedClone, projectRoot, type ServedClone } from '../support/hub/served-clone.ts';

const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
const tour = readme.slice(readme.indexOf('## A tour'), readme.indexOf('## Your own'));
const steps = readCommands('README.md', tour).blocks;

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await installPackage();
});
afterAll(() => installed?.remove());

describe("the README's tour", () => {
  let clone: ServedClone;

  beforeAll(async () => {
    clone = await openServedClone(installed);
  });
  afterAll(() => clone?.close());

  it('has steps to run, each of which says what it prints', () => {
    expect(steps.length).toBeGreaterThanOrEqual(7);
    expect(steps.filter(({ expected, notRun }) => expected.length === 0 || notRun !== undefined)).toEqual([]);
  });

  it.each(steps)('prints what the README says: $commands', async ({ commands, expected }) => {
    const printed = await clone.run(commands);
    for (const line of expected) expect(printed).toMatch(toPattern(line));
  });

  describe('the typed client of the shop', () => {
    const write = (release: string): Promise<string> =>
      clone.run(`npx stk-hub client --env staging --release-id ${release} --out ../calling/client.mts`);
    const compile = (): Promise<string> => compileStrictly(join(installed.folder, 'calling'), 'use.mts');

    it('has every operation, compiles under strict and calls them', async () => {
      await linkModules('openapi-fetch', 'openapi-typescript-helpers');
      const project = join(installed.folder, 'calling');
      await mkdir(project);
      expect(await write('v2.0.1')).toBe('wrote ../calling/client.mts: 18 operations of v2.0.1 in staging\n');
      const text = await readFile(join(project, 'client.mts'), 'utf8');
      expect(await write('v2.0.1')).toMatch(/^is up to date: /);
      await writeFile(join(project, 'use.mts'), callsOfTheShop);
      expect(await compile()).toBe('');
      const called = await runScript(project, `"${process.execPath}" use.mjs ${clone.hub.url}`);
      const listed = [...text.matchAll(/^ {2}"\/call\/(.*)": Call</gm)].map(([, name]) => name);
      expect(called.trim().split('\n').sort()).toEqual(listed);
    });

    it('does not compile where an input is another one', async () => {
      const before = await readFile(join(clone.directory, 'releases', 'v2.0.1.yaml'), 'utf8');
      const after = before
        .replace('release: v2.0.1', 'release: v2.0.9')
        .replace(/(products\.get:[\s\S]*?required: \[ sku)/, '$1, language')
        .replace(/(products\.get:[\s\S]*?properties: \{)/, '$1 language: { type: string },')
        .replace('where p.sku = :sku', "where p.sku = :sku and :language <> ''");
      await writeFile(join(clone.directory, 'releases', 'v2.0.9.yaml'), after);
      await clone.git('add', 'releases');
      await clone.git('commit', '--quiet', '--message', 'feat: a product in a language');
      await clone.run('curl -sf -X POST http://127.0.0.1:8080/api/v1/projects/shop/sync');
      await write('v2.0.9');
      await expect(compile()).rejects.toMatchObject({
        stdout: expect.stringMatching(/use\.mts\(\d+,\d+\): error TS\d+: [\s\S]*language/),
      });
    });
  });
});

describe('the packed package', () => {
  it('holds what is needed to run it, and no source maps', () => {
    expect(installed.files).toEqual(
      expect.arrayContaining(['dist/main.js', 'dist/library.d.ts', 'schemas/release.json', 'CHANGELOG.md']),
    );
    expect(installed.files.filter((path) => !/^(dist|schemas)\//.test(path)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(installed.files.filter((path) => path.endsWith('.map'))).toEqual([]);
  });

  it('tells the version of package.json, which `npm version` raises, and has a section of the changelog for it', async () => {
    const file = join(installed.folder, 'node_modules', 'stk-hub', 'package.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { readonly version: string };
    expect(await readFile(join(projectRoot, 'CHANGELOG.md'), 'utf8')).toContain(`## ${manifest.version}`);
    await writeFile(file, JSON.stringify({ ...manifest, version: '9.8.7' }));
    expect(await runScript(installed.folder, 'npx stk-hub --version')).toBe('9.8.7\n');
    await writeFile(file, JSON.stringify(manifest));
  });

  it('prints commands of `init` that work where it was called', async () => {
    const made = await runScript(installed.folder, 'npx stk-hub init mine --author "Ada <ada@example.com>"');
    const next = /^Next: (cd mine && npx stk-hub) hub$/m.exec(made)?.[1] ?? '';
    expect(await runScript(installed.folder, `${next} lint`)).toMatch(/: no problem\n$/);
    const readme = await readFile(join(installed.folder, 'mine', 'README.md'), 'utf8');
    expect(readme).toContain('\n    npx stk-hub hub\n');
    expect(await runScript(installed.folder, `${next} schemas`)).toBe('schemas/ is up to date\n');
    // What the guide first-release.md cuts there.
    const guide = await readFile(join(projectRoot, 'docs/guides/first-release.md'), 'utf8');
    const copy = 'mkdir -p notes-app/migrations\ncp migrations/0001_base.sql notes-app/migrations/\n';
    expect(guide).toContain(copy);
    await runScript(join(installed.folder, 'mine'), copy);
    const source = /^```yaml\n([\s\S]*?)^```/m.exec(guide)?.[1] ?? '';
    await writeFile(join(installed.folder, 'mine', 'notes-app', 'release.yaml'), source);
    const cut = `${next} release cut v1.2.0 --app notes-app --author "Ada <ada@example.com>"`;
    expect(await runScript(installed.folder, cut)).toMatch(/^cut v1\.2\.0 \(3 operations, 1 tables?,/m);
  });

  it('can be imported with its types: a Hub starts, serves and stops; a release is checked, a promotion planned', async () => {
    const project = join(installed.folder, 'importing');
    await mkdir(project);
    await writeFile(join(project, 'use.mts'), usesOfTheLibrary);
    await compileStrictly(project, 'use.mts');
    const address = JSON.stringify(serverUrl(18));
    await runScript(installed.folder, 'npx stk-hub init imported --author "Ada <ada@example.com>"');
    const printed = await runScript(project, `"${process.execPath}" use.mjs ../imported ${address}`);
    expect(printed.split('\n')).toEqual([
      'v1 conflict string',
      'v1.1.0 {"result":{"release":"v1.1.0"}}',
      'stopped',
      'incompatible REL001',
      'move dev -> prod v1',
      'refused unknown-release',
      '',
    ]);
  });
});

const compiler = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');

function compileStrictly(folder: string, file: string): Promise<string> {
  const options = '--module nodenext --target es2022 --strict --types "" --lib es2023,dom,dom.iterable';
  const more = '--noUncheckedIndexedAccess --exactOptionalPropertyTypes';
  return runScript(folder, `"${process.execPath}" "${compiler}" ${options} ${more} ${file}`);
}

async function runScript(folder: string, script: string): Promise<string> {
  const { npm_command: _npm, ...others } = process.env;
  const env = { ...others, ...gitTestEnvironment };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', `set -e; exec 2>&1; ${script}`], {
    cwd: folder,
    env,
  });
  return stdout + stderr;
}

async function linkModules(...names: readonly string[]): Promise<void> {
  for (const name of names)
    await symlink(join(projectRoot, 'node_modules', name), join(installed.folder, 'node_modules', name));
}

const usesOfTheLibrary = `import { checkRelease, createHub, parsePointer, planPromotion, StkError, type ErrorCode, type Hub, type Verdict } from 'stk-hub';
declare const process: { readonly argv: readonly string[]; readonly env: Record<string, string | undefined> };
const [, , repo = '', url = ''] = process.argv;
const parsed = parsePointer('release: v1', { file: 'environments/dev.yaml' });
const name: string = parsed.ok ? parsed.value.release : '';
const code: ErrorCode = new StkError('conflict', name).code;
// @ts-expect-error -- a release is text
const wrong: number = name;
console.log(name, code, typeof wrong);

const hub: Hub = await createHub({ repo, variables: process.env });
while (hub.status('dev')?.serving == null) await new Promise((resolve) => setTimeout(resolve, 50));
const place = hub.url + '/projects/imported/environments/' + hub.environments()[0];
const headers = { 'content-type': 'application/json', 'stk-role': 'reader' };
const answer = await fetch(place + '/call/about', { method: 'POST', headers, body: '{}' });
console.log(hub.status('dev')?.serving?.release, await answer.text());
await hub.close();
await fetch(hub.url).then(() => console.log('still there'), () => console.log('stopped'));

const document = ['release: v9', 'ref: app', 'createdAt: 2026-11-01T08:00:00Z', 'schema: { tables: { nowhere: {} } }', 'operations: { none: { sql: select id from nowhere } }'].join('\\n');
const verdict: Verdict = await checkRelease({ document, release: 'v9', database: { url } });
console.log(verdict.kind, verdict.kind === 'incompatible' ? verdict.findings[0]?.code : verdict);

const source = { kind: 'environment', environment: 'dev', desired: 'v1', serving: 'v1' } as const;
const plan = planPromotion({ environment: 'prod', current: undefined, source, isKnown: () => true });
if (plan.kind === 'move') console.log(plan.kind, plan.source, '->', plan.environment, plan.to);
const unknown = { kind: 'release', release: 'v2' } as const;
const refused = planPromotion({ environment: 'prod', current: 'v1', source: unknown, isKnown: () => false });
if (refused.kind === 'refused') console.log(refused.kind, refused.error.code);
`;

/** Prints the name of each operation whose answer has the type that the client says. */
const callsOfTheShop = `import { createClient } from './client.mjs';
declare const process: { readonly argv: readonly string[] };
const shop = createClient({ hub: process.argv[2] ?? '', environment: 'dev', headers: { 'Stk-Role': 'admin' } });

async function made<T>(name: string, call: Promise<{ data?: { result: T }; error?: { code: string; detail: string } }>): Promise<T> {
  const { data, error } = await call;
  if (data === undefined) throw new Error(name + ': ' + (error?.detail ?? ''));
  console.log(name);
  return data.result;
}

const { product }: { product: string } = await made('about', shop.POST('/call/about', { body: {} }));
const [first] = await made('products.list', shop.POST('/call/products.list', { body: { limit: 5 } }));
const sku: string = first?.sku ?? product;
const one = await made('products.get', shop.POST('/call/products.get', { body: { sku } }));
const stock: number | null = one.inStock;
// @ts-expect-error -- the database may answer null
const sure: number = one.inStock;
await made('products.search', shop.POST('/call/products.search', { body: { text: 'tea' } }));
await made('products.bySkus', shop.POST('/call/products.bySkus', { body: { skus: [sku] } }));
await made('products.save', shop.POST('/call/products.save', { body: { sku: 'NEW-001', name: 'New', price: '1.50' } }));
await made('stock.set', shop.POST('/call/stock.set', { body: { sku, warehouse: 'north', quantity: (stock ?? sure) + 1 } }));
const { id } = await made('customers.create', shop.POST('/call/customers.create', { body: { email: 'new@example.com', name: 'New', country: 'GB' } }));
await made('customers.get', shop.POST('/call/customers.get', { body: { id } }));
await made('customers.find', shop.POST('/call/customers.find', { body: { email: 'new@example.com' } }));
await made('customers.rename', shop.POST('/call/customers.rename', { body: { id, name: 'Newer' } }));
const order = await made('orders.place', shop.POST('/call/orders.place', { body: { customerId: id, items: [{ sku, quantity: 2 }] } }));
const orderId = order.id ?? 0;
await made('orders.get', shop.POST('/call/orders.get', { body: { id: orderId } }));
await made('orders.list', shop.POST('/call/orders.list', { body: { status: 'open' } }));
export const wrong = () =>
  // @ts-expect-error -- no such status
  shop.POST('/call/orders.list', { body: { status: 'lost' } });
await made('payments.record', shop.POST('/call/payments.record', { body: { orderId, reference: 'r1', method: 'card', amount: '1.00' } }));
await made('payments.list', shop.POST('/call/payments.list', { body: { orderId } }));
const count: number = await made('orders.cancel', shop.POST('/call/orders.cancel', { body: { id: orderId } }));
await made('reports.sales', shop.POST('/call/reports.sales', { body: count < 0 ? { from: '2026-01-01' } : {} }));
`;
