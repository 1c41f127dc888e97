// `accept:` of an environment, seen from outside: what it lets through is shown wherever a verdict is, and an entry that
// ended or that nothing needs is a warning. The shop's prod is one migration behind, so v1.1.0 does not fit it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';

const tier = 'COL001:public.customers.tier';
const reason = 'byTier is not called before the migration';
const until = '2999-12-31';

let shop: Shop;
let hub: HubProcess;
beforeAll(async () => {
  shop = await createShop('postgres-18');
  hub = await shop.startHub();
  await hub.untilServing('prod', 'v1.0.0');
});
afterAll(() => shop.close());

/** Commits the entries as prod's own; resolves when the Hub has them in force. */
async function accept(entries: readonly object[]): Promise<void> {
  const document = parseDocument(await readFile(join(shop.repo.directory, 'stk.yaml'), 'utf8'));
  document.setIn(['environments', 'prod', 'accept'], entries);
  const revision = await shop.repo.commit('chore: what prod accepts', { 'stk.yaml': String(document) });
  await hub.until('prod', ({ observedRevision }) => observedRevision === revision);
}

const check = (release: string, ...more: string[]) =>
  shop.stk(hub, 'release', 'check', '--env', 'prod', '--release-id', release, ...more);
const promote = (release: string, ...more: string[]) =>
  shop.stk(hub, 'release', 'promote', '--to', 'prod', '--release-id', release, ...more);
const rollback = (release: string) =>
  shop.stk(hub, 'release', 'rollback', '--env', 'prod', '--to-release-id', release);

const accepted = {
  code: 'COL001',
  object: 'public.customers.tier',
  severity: 'block',
  accepted: { reason, until },
};
const unused = { code: 'ENV004', severity: 'warn', object: 'COL001:public.customers.nick' };
const expired = { code: 'ENV005', severity: 'warn', object: tier };

describe('a finding that an environment accepts', () => {
  it('refuses the promotion as long as it is not accepted', async () => {
    const run = await promote('v1.1.0', '--json');
    expect([run.code, run.json]).toMatchObject([
      3,
      { error: { code: 'incompatible', findings: [{ code: 'COL001' }] } },
    ]);
  });

  it('lets the promotion through, and is said by check, promote and status', async () => {
    await accept([{ finding: tier, reason, until }]);

    const checked = await check('v1.1.0');
    expect(checked.code).toBe(0);
    expect(checked.stdout).toMatch(/^ +fits \(.*1 accepted\)$/m);
    expect(checked.stdout).toMatch(/^accepted COL001 column-missing +public\.customers\.tier$/m);
    expect(checked.stdout).toContain(`${reason} (until ${until})`);
    expect((await check('v1.1.0', '--json')).json).toMatchObject({
      refused: 0,
      verdicts: [{ verdict: 'fits', findings: [accepted] }],
    });

    const promoted = await promote('v1.1.0');
    expect(promoted.code).toBe(0);
    expect(promoted.stderr).toMatch(/v1\.1\.0 fits prod's database \(1 accepted\)/);
    expect(promoted.stderr).toMatch(/^accepted COL001 column-missing +public\.customers\.tier$/m);
    expect(promoted.stderr).toContain(`${reason} (until ${until})`);
    await rollback('v1.0.0');
    expect((await promote('v1.1.0', '--json')).json).toMatchObject({
      committed: true,
      serving: 'v1.1.0',
      findings: [accepted],
    });

    const status = await shop.stk(hub, 'status', '--env', 'prod');
    expect(status.stdout).toMatch(/^prod +v1\.1\.0 +v1\.1\.0 .* ready$/m);
    expect(status.stdout).toMatch(/^accepted COL001 column-missing +public\.customers\.tier$/m);
    expect(status.stdout).toContain(reason);
    expect(await hub.status('prod')).toMatchObject({ serving: { release: 'v1.1.0' }, findings: [accepted] });
    // What was accepted is really so; the rest of the release serves.
    expect((await hub.call('prod', 'customers.byTier', { tier: 'x' })).json).toMatchObject({ status: 500 });
    expect((await hub.call('prod', 'customers.count')).status).toBe(200);
    await rollback('v1.0.0');
  });

  it('is refused again when its entry has ended, and the refusal says so', async () => {
    await accept([{ finding: tier, reason, until: '2026-01-31' }]);
    const checked = await check('v1.1.0');
    expect(checked.code).toBe(3);
    expect(checked.stdout).toMatch(/^warn +ENV005 accept-expired +COL001:public\.customers\.tier$/m);
    expect(checked.stdout).toContain('expired: 2026-01-31');
    expect((await check('v1.1.0', '--json')).json).toMatchObject({
      refused: 1,
      verdicts: [{ verdict: 'refused', code: 'incompatible', findings: [{ code: 'COL001' }, expired] }],
    });
    const promoted = await promote('v1.1.0');
    expect(promoted.code).toBe(3);
    expect(promoted.stderr).toMatch(/^warn +ENV005 accept-expired +COL001:public\.customers\.tier$/m);
    const asked = await hub.ask('/api/v1/projects/shop/environments/prod/promote', {
      method: 'POST',
      body: { release: 'v1.1.0' },
    });
    expect(asked.json).toMatchObject({
      status: 409,
      code: 'incompatible',
      findings: [{ code: 'COL001' }, expired],
    });
  });

  it('leaves a warning where nothing needs the entry, in a verdict that fits too', async () => {
    await accept([{ finding: unused.object, reason, until }]);
    const checked = await check('v1.0.1');
    expect(checked.code).toBe(0);
    expect(checked.stdout).toMatch(/^ +fits \(1 warning\)$/m);
    expect(checked.stdout).toMatch(/^warn +ENV004 accept-unused +COL001:public\.customers\.nick$/m);
    expect((await check('v1.0.1', '--json')).json).toMatchObject({
      refused: 0,
      verdicts: [{ verdict: 'fits', findings: [unused] }],
    });
    const promoted = await promote('v1.0.1');
    expect(promoted.code).toBe(0);
    expect(promoted.stderr).toMatch(/^warn +ENV004 accept-unused +COL001:public\.customers\.nick$/m);
    const status = await shop.stk(hub, 'status', '--env', 'prod');
    expect(status.stdout).toMatch(/^warn +ENV004 accept-unused +COL001:public\.customers\.nick$/m);
    expect(await hub.status('prod')).toMatchObject({ findings: [unused] });
  });
});
