// Releases that somebody hostile wrote to do more than they may: refused, each with its own reason. What is made to be
// expensive is security-expensive-releases.test.ts.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from '../support/hub/http-request.ts';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { aQuery, aRelease } from '../support/documents/release.ts';
import { createShop, shopRelease, type Shop } from '../support/hub/shop.ts';

let shop: Shop;
let hub: HubProcess;
beforeAll(async () => {
  shop = await createShop('postgres-18');
  hub = await shop.startHub();
  await hub.untilServing('prod', 'v1.0.0');
});
afterAll(() => shop.close());

const check = (document: string): Promise<Answer> => hub.check('prod', { document });
const codesOf = (answer: Answer): unknown[] => {
  const { json } = answer;
  if (typeof json !== 'object' || json === null || !('findings' in json)) return [];
  return Array.isArray(json.findings)
    ? json.findings.map((one: { readonly code?: unknown }) => one.code)
    : [];
};
const withOperation = (operation: unknown): string =>
  shopRelease('hostile', { operations: { bad: operation }, permissions: { support: ['bad'] } });

describe('SQL that does what its mode does not allow', () => {
  it.each([
    { what: 'a read that updates', sql: "update customers set email = 'x'", code: 'OPS005' },
    {
      what: 'a read that writes in a CTE',
      sql: 'with w as (delete from customers returning id) select id from w',
      code: 'OPS005',
    },
    { what: 'a read that locks rows', sql: 'select id from customers for update', code: 'OPS005' },
    { what: 'set_config', sql: "select set_config('role', 'postgres', false)", code: 'OPS006' },
    {
      what: 'set_config by its full name',
      sql: "select pg_catalog.set_config('a.b', 'c', true)",
      code: 'OPS006',
    },
    { what: 'a server file', sql: "select pg_read_file('/etc/passwd')", code: 'OPS006' },
    { what: 'two statements', sql: 'select 1; drop table customers', code: 'OPS001' },
  ])('is refused: $what', async ({ sql, code }) => {
    const answer = await check(withOperation({ sql, returns: 'many' }));
    expect(answer.status).toBe(409);
    expect(answer.text).toContain(code);
    expect(codesOf(answer)).toContain(code);
  });

  it('cannot hide in a function: the session of a read does not write', async () => {
    await shop.sql(
      'prod',
      `create function sneaky() returns integer language sql volatile as
         $$ insert into customers (email) values ('sneaky@example.com') returning id $$`,
    );
    const release = withOperation({ sql: 'select sneaky() as id', returns: 'one' });
    await shop.repo.commit('feat: hostile', {
      'releases/hostile.yaml': release,
      'environments/dev.yaml': 'release: v1.1.0\n',
      'environments/prod.yaml': 'release: hostile\n',
    });
    await hub.until(
      'prod',
      ({ desired, observedRevision }) =>
        desired?.release === 'hostile' && observedRevision === desired.revision,
    );
    await hub.call('prod', 'bad');
    expect(await shop.sql('prod', "select 1 from customers where email = 'sneaky@example.com'")).toEqual([]);
    await shop.repo.git('revert', '--no-edit', 'HEAD');
    await hub.untilServing('prod', 'v1.0.0');
  });
});

describe('names that JavaScript knows', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    '%s is not an operation, role or release',
    async (name) => {
      expect((await hub.call('prod', name)).json).toMatchObject({ status: 403, code: 'forbidden' });
      const asRole = await hub.call('prod', 'about', {}, name);
      expect([400, 403]).toContain(asRole.status);
      const release = await hub.ask(`/api/v1/projects/shop/releases/${name}`);
      expect(release.json).toMatchObject({ status: 404, code: 'unknown-release' });
      const promote = await hub.ask('/api/v1/projects/shop/environments/prod/promote', {
        method: 'POST',
        body: { release: name },
      });
      expect(promote.json).toMatchObject({ status: 404, code: 'unknown-release' });
    },
  );

  it.each([
    { where: 'an operation', text: aRelease({ release: 'hostile' }).replace('customers.get:', '__proto__:') },
    { where: 'a role', text: aRelease({ release: 'hostile' }).replace('reader:', '__proto__:') },
    { where: 'the release', text: aRelease({ release: '__proto__' }) },
    {
      where: 'a member of an input',
      text: withOperation(aQuery()).replace(
        'properties:',
        'properties:\n        __proto__: { type: string }',
      ),
    },
  ])('__proto__ as $where makes the release invalid', async ({ text }) => {
    expect(text).toContain('__proto__');
    expect((await check(text)).json).toMatchObject({ status: 409, code: 'release-invalid' });
  });

  it('__proto__ in an input is refused and pollutes nothing', async () => {
    const answer = await hub.ask('/projects/shop/environments/prod/call', {
      method: 'POST',
      body: '{"operation":"customers.get","input":{"id":1,"__proto__":{"id":2}}}',
      headers: { 'Content-Type': 'application/json', 'Stk-Role': 'support' },
    });
    expect(answer.json).toMatchObject({ status: 400, code: 'invalid-input' });
  });
});

describe('a release that is not a regular file', () => {
  it.each([
    { mode: '120000', what: 'a symlink' },
    { mode: '160000', what: 'a submodule' },
  ])('is refused: $what', async ({ mode }) => {
    const commit = await shop.repo.revision();
    const blob = await shop.repo.gitWithInput('/etc/passwd', 'hash-object', '-w', '--stdin');
    const object = mode === '160000' ? commit : blob;
    await shop.repo.git('update-index', '--add', '--cacheinfo', `${mode},${object},releases/linked.yaml`);
    const pointer = await shop.repo.gitWithInput('release: linked\n', 'hash-object', '-w', '--stdin');
    await shop.repo.git('update-index', '--cacheinfo', `100644,${pointer},environments/prod.yaml`);
    await shop.repo.git('commit', '--quiet', '-m', 'promote(prod): -> linked');

    const status = await hub.until('prod', ({ conditions }) =>
      conditions.some(({ type, status: is }) => type === 'ReleaseValid' && is === 'False'),
    );

    const against = status.conditions.find(({ type }) => type === 'ReleaseValid');
    expect(against).toMatchObject({ reason: 'ReleaseInvalid' });
    expect(JSON.stringify(status)).not.toContain('root:');
    expect(status.serving?.release).toBe('v1.0.0');
    await shop.repo.git('reset', '--quiet', '--hard');
    await shop.repo.git('revert', '--no-edit', 'HEAD');
    await hub.untilServing('prod', 'v1.0.0');
  });
});
