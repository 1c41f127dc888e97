// The control plane over real HTTP and a real repository: what it lists, and pointers that it moves.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from '../support/hub/http-request.ts';
import { aPointer, aQuery, aRelease } from '../support/documents/release.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';

let served: ServedRepo;
beforeAll(async () => {
  served = await serveRepo();
});
afterAll(() => served.close());

const project = '/api/v1/projects/shop';
const prod = `${project}/environments/prod`;
const post = (path: string, body: unknown): Promise<Answer> => served.hub.ask(path, { method: 'POST', body });

describe('reading', () => {
  it('lists releases newest first and marks the current one', async () => {
    const { json } = await served.hub.ask(`${project}/releases?environment=dev&limit=2`);
    expect(json).toMatchObject({
      releases: [
        { release: 'v1.2.0', current: false },
        { release: 'v1.1.0', current: true, notes: 'Second', by: expect.stringContaining('Test Operator') },
      ],
    });
  });

  it('lists older releases by page, and those whose id contains what is sought', async () => {
    const list = async (query: string): Promise<unknown> =>
      (
        (await served.hub.ask(`${project}/releases?${query}`)).json as { releases: { release: string }[] }
      ).releases.map(({ release }) => release);
    expect(await list('limit=1&skip=1')).toEqual(['v1.1.0']);
    expect(await list('skip=3')).toEqual([]);
    expect(await list('search=V1.1')).toEqual(['v1.1.0']);
    expect((await served.hub.ask(`${project}/releases?skip=-1`)).json).toMatchObject({ code: 'malformed' });
  });

  it('lists a file that is not a valid release by what it says, and shows it with its problems', async () => {
    const text = '# by hand\nref: "abc"\nnotes: >-\n  two\n\n  lines\nrelease: broken\noperations: [\n';
    await served.land('feat: broken', { 'releases/broken.yaml': text });
    const { json } = await served.hub.ask(`${project}/releases`);
    const broken = { release: 'broken', ref: 'abc', notes: 'two\nlines', createdAt: null };
    expect(json).toMatchObject({
      releases: expect.arrayContaining([expect.objectContaining(broken)]),
    });
    expect((await served.hub.ask(`${project}/releases/broken`)).json).toMatchObject({
      status: 409,
      code: 'release-invalid',
      errors: [expect.objectContaining({ line: expect.any(Number) })],
    });
    await served.land('fix: no broken one', { 'releases/broken.yaml': undefined });
  });

  it('shows a release, history and status', async () => {
    expect((await served.hub.ask(`${project}/releases/v1.1.0`)).json).toMatchObject({ release: 'v1.1.0' });
    expect((await served.hub.ask(`${project}/environments/dev/history?limit=1`)).json).toMatchObject({
      changes: [{ release: 'v1.1.0', previous: 'v1.0.0' }],
    });
    expect((await served.hub.ask(prod)).json).toMatchObject({ desired: { release: 'v1.0.0' } });
  });

  it.each([
    [`${project}/releases/..%2Fstk`, 404, 'unknown-release'],
    [`${project}/releases/v9`, 404, 'unknown-release'],
    [`${project}/environments/nope`, 404, 'unknown-environment'],
    ['/api/v1/projects/nope', 404, 'unknown-project'],
    [`${prod}/history?limit=0`, 400, 'malformed'],
    [`${prod}/history?limit=1001`, 400, 'malformed'],
  ])('answers %s with %i %s', async (path, status, code) => {
    expect((await served.hub.ask(path)).json).toMatchObject({ status, code });
  });
});

describe('moving a pointer', () => {
  it('promotes and rolls back by one commit each, and serves what they name', async () => {
    const promoted = await post(`${prod}/promote`, { from: 'dev', reason: 'ready' });
    const revision = await served.repo.revision('main');
    expect(promoted.json).toEqual({ from: 'v1.0.0', to: 'v1.1.0', revision, committed: true, serving: true });
    expect(await served.repo.git('log', '-1', '--format=%B', 'main')).toContain('Stk-Reason: ready');
    const back = await post(`${prod}/rollback`, { release: 'v1.0.0' });
    expect(back.json).toMatchObject({ from: 'v1.1.0', to: 'v1.0.0', committed: true, serving: true });
    expect((await post(`${prod}/promote`, { release: 'v1.0.0' })).json).toMatchObject({ committed: false });
  });

  it.each([
    ['promote', { release: 'v9' }, 404, 'unknown-release'],
    ['promote', { release: '../x' }, 404, 'unknown-release'],
    ['promote', { from: 'nope' }, 404, 'unknown-environment'],
    ['promote', { release: 'v1.1.0', reason: 'a\nStk-Actor: b' }, 400, 'malformed'],
    ['promote', { from: 'prod' }, 400, 'malformed'],
    ['check', {}, 400, 'malformed'],
    ['check?purpose=other', { release: 'v1.1.0' }, 400, 'malformed'],
    ['check?purpose=move', { document: 'release: v9' }, 400, 'malformed'],
    ['check', { release: 'v9' }, 404, 'unknown-release'],
    ['rollback', { release: 'v1.2.0' }, 404, 'unknown-release'],
  ])('refuses %s %j and writes nothing', async (action, body, status, code) => {
    const before = await served.repo.revision('main');
    expect((await post(`${prod}/${action}`, body)).json).toMatchObject({
      status,
      code,
      environment: 'prod',
    });
    expect(await served.repo.revision('main')).toBe(before);
  });

  it('refuses what does not fit with 409 and the findings', async () => {
    const before = await served.land('feat: a release that needs a column', {
      'releases/v1.3.0.yaml': aRelease({
        release: 'v1.3.0',
        operations: { 'customers.get': aQuery({ sql: 'select id, tier from customers where id = :id' }) },
        schema: { tables: { customers: { columns: { id: { type: 'integer' }, tier: { type: 'text' } } } } },
      }),
    });
    const answer = await post(`${prod}/promote`, { release: 'v1.3.0' });
    expect(answer.json).toMatchObject({
      status: 409,
      code: 'incompatible',
      findings: expect.arrayContaining([
        expect.objectContaining({ code: 'COL001', object: 'prod.customers.tier' }),
      ]),
    });
    expect(await served.repo.revision('main')).toBe(before);
  });

  it('commits again when others moved the branch, and yields when they moved the pointer', async () => {
    let raced = false;
    served.state.beforeCommit = async () => {
      if (!raced) await served.repo.commit('docs: else', { 'README.md': 'x' });
      raced = true;
    };
    expect((await post(`${prod}/promote`, { release: 'v1.1.0' })).json).toMatchObject({ committed: true });
    served.state.beforeCommit = async () => {
      await served.repo.git('reset', '--quiet', '--hard', 'main');
      await served.repo.commit('promote(prod): other', { 'environments/prod.yaml': aPointer('v1.2.0') });
    };
    expect((await post(`${prod}/rollback`, { release: 'v1.0.0' })).json).toMatchObject({
      status: 409,
      code: 'conflict',
      detail: expect.stringContaining('Test Operator'),
    });
  });
});
