// What the Hub writes for a caller: checks and approvals of an authenticated one, stops, hotfixes, and the audit of it all.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import type { AuthSettings } from '../../src/model/project.ts';
import { aServerEnvironment } from '../support/hub/hub-state.ts';
import type { TestHub } from '../support/hub/hub-client.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';

const secret = 's'.repeat(32);
const settings: AuthSettings = {
  jwt: { kind: 'secret', secretFrom: 'SECRET' },
  issuer: 'https://issuer.example',
  audience: 'shop',
  rolesClaim: 'roles',
  control: { read: ['viewer'], write: ['operator'], evidence: ['ci'] },
};
const project = {
  people: { approver: ['ada', 'grace'], ci: ['robot'], 'incident-commander': ['grace'] },
  environments: {
    dev: aServerEnvironment('dev'),
    prod: {
      ...aServerEnvironment('prod'),
      gates: { approve: { approval: { role: 'approver' } }, ci: { check: 'ci' } },
    },
  },
  hotfix: { approvals: { role: 'approver', count: 2 } },
};
const P = '/api/v1/projects/shop';
const E = `${P}/environments/prod`;

let served: ServedRepo;
let hub: TestHub;
beforeAll(async () => {
  served = await serveRepo({ project });
  hub = await served.startAnother({
    listener: { host: '127.0.0.1', port: 0, open: false, pinnedAuth: settings },
    secret: () => secret,
  });
});
afterAll(() => served.close());

async function send(
  who: { readonly sub?: string; readonly roles: readonly string[] },
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: unknown; text: string }> {
  const claims = { ...who, iss: settings.issuer, aud: 'shop', exp: Math.floor(Date.now() / 1000) + 600 };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
  return hub.ask(path, { method, body, headers: { Authorization: `Bearer ${token}` } });
}

const robot = { sub: 'robot', roles: ['ci'] };
const ada = { sub: 'ada', roles: ['operator'] };
const show = (path: string): Promise<string> => served.repo.git('show', path);

describe('the control plane of a governed project', () => {
  it('writes a check for whoever may record evidence', async () => {
    const check = { release: 'v1.2.0', name: 'ci', status: 'passed', values: { coverage: 83.4 }, runId: '7' };
    const written = await send(robot, 'POST', `${P}/records`, check);
    expect([written.status, written.json]).toMatchObject([
      200,
      { record: { by: 'robot', through: 'hub', values: { coverage: 83.4 } } },
    ]);
    expect(await served.repo.git('log', '-1', '--format=%ae', 'stk-records')).toBe('stk-hub@localhost');
    const refused = [
      await send(ada, 'POST', `${P}/records`, check),
      await send({ sub: 'eve', roles: ['ci'] }, 'POST', `${P}/records`, check),
      await send({ roles: ['ci'] }, 'POST', `${P}/records`, check),
      await send(robot, 'POST', `${P}/records`, { ...check, status: 'fine' }),
      await send(robot, 'POST', `${P}/records`, { ...check, release: 'v9' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 400, 404]);
  });

  it('takes approvals of the role by the subject of the token, and none without auth', async () => {
    const body = { release: 'v1.2.0', comment: 'fine' };
    const approved = await send(ada, 'POST', `${E}/approve`, body);
    expect([approved.status, approved.json]).toMatchObject([
      200,
      { record: { record: 'approval', by: 'ada', through: 'hub' } },
    ]);
    expect((await send({ sub: 'eve', roles: ['operator'] }, 'POST', `${E}/reject`, body)).status).toBe(403);
    for (const path of [`${E}/approve`, `${E}/reject`, `${P}/records`, `${E}/hotfix`]) {
      const open = await served.hub.ask(path, {
        method: 'POST',
        body: { ...body, reason: 'x', name: 'ci', status: 'passed' },
      });
      expect([path, open.status, open.json]).toMatchObject([path, 403, { code: 'forbidden' }]);
    }
  });

  it('freezes, vetoes and lifts, and says which methods a path has', async () => {
    const frozen = await send(ada, 'POST', `${P}/freezes`, {
      reason: 'fair',
      environments: ['prod'],
      name: 'fair',
    });
    expect([frozen.status, frozen.json]).toMatchObject([
      200,
      { freeze: 'fair', revision: expect.any(String) },
    ]);
    expect(await show('HEAD:freezes/fair.yaml')).toContain('reason: fair');
    expect((await send(ada, 'POST', `${P}/halt`, { reason: 'fire' })).json).toMatchObject({ freeze: 'halt' });
    for (const name of ['fair', 'halt'])
      expect((await send(ada, 'DELETE', `${P}/freezes/${name}`)).status).toBe(200);
    expect((await send(ada, 'DELETE', `${P}/freezes/fair`)).json).toMatchObject({
      status: 404,
      code: 'unknown-freeze',
    });
    expect((await send(ada, 'POST', `${P}/vetoes/v1.2.0`, { reason: 'slow' })).status).toBe(200);
    expect(await show('HEAD:vetoes/v1.2.0.yaml')).toContain('reason: slow');
    const vetoed = await send(ada, 'POST', `${E}/hotfix`, { release: 'v1.2.0', reason: 'urgent' });
    expect(vetoed.json).toMatchObject({ status: 422, code: 'gate-not-met' });
    expect((await send(ada, 'DELETE', `${P}/vetoes/v1.2.0`)).json).toMatchObject({
      veto: 'v1.2.0',
      revision: expect.any(String),
    });
    expect((await send(ada, 'DELETE', `${P}/vetoes/v1.2.0`)).json).toMatchObject({ revision: null });
    expect((await send(ada, 'GET', `${P}/freezes/fair`)).status).toBe(405);
    expect((await send({ sub: 'ada', roles: ['viewer'] }, 'POST', `${P}/halt`, { reason: 'x' })).status).toBe(
      403,
    );
  });

  it('commits a hotfix under its caller, and lifts a hold', async () => {
    const hotfix = await send(ada, 'POST', `${E}/hotfix`, { release: 'v1.2.0', reason: 'orders are lost' });
    expect([hotfix.status, hotfix.json]).toMatchObject([
      200,
      { to: 'v1.2.0', approvals: { role: 'approver', count: 2 } },
    ]);
    expect(await show('HEAD:environments/prod.yaml')).toMatch(/hotfix:\n\s+reason: orders are lost/);
    expect(await served.repo.git('log', '-1', '--format=%(trailers:key=Stk-Actor,valueonly)')).toContain(
      'ada',
    );
    await served.land('hold it', { 'environments/prod.yaml': 'release: v1.0.0\nhold: { reason: slow }\n' });
    expect((await send(ada, 'POST', `${E}/resume`, {})).json).toMatchObject({
      environment: 'prod',
      revision: expect.any(String),
    });
    expect(await show('HEAD:environments/prod.yaml')).not.toContain('hold');
  });

  it('streams the audit, the newest first, every field always there', async () => {
    const answer = await send({ roles: ['viewer'] }, 'GET', `${P}/audit?release=v1.2.0`);
    const entries = answer.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['hotfix', 'veto', 'unveto', 'approve', 'check']),
    );
    const times = entries.map(({ timestamp }) => String(timestamp));
    expect(times).toEqual(times.toSorted().toReversed());
    for (const entry of entries)
      expect(Object.keys(entry)).toEqual([
        'version',
        'timestamp',
        'action',
        'from_stage',
        'to_stage',
        'approved_by',
        'ci_run_id',
        'commit_sha',
        'actor',
        'reason',
        'gates',
        'result',
        'latency_ms',
        'revision',
        'record',
      ]);
    expect(entries.find(({ action }) => action === 'hotfix')).toMatchObject({
      to_stage: 'prod',
      approved_by: 'ada',
      ci_run_id: '7',
      actor: 'ada',
      reason: 'orders are lost',
    });
    expect((await send({ roles: ['viewer'] }, 'GET', `${P}/audit?since=yesterday`)).status).toBe(400);
    expect((await send({ roles: ['nobody'] }, 'GET', `${P}/audit`)).status).toBe(403);
  });
});
