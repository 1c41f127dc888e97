// Who checks what: a document a process that serves no calls, where that reaches the database; all else the Hub itself.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { aProject } from '../support/documents/release.ts';
import { closeRigCompiler, createRig, removeRigs, type Rig } from '../support/reconciler/reconciler-rig.ts';
import { startControlPlane } from '../support/reconciler/rig-control-plane.ts';
import { dropRigDatabases, rigDatabase, tierMigration } from '../support/reconciler/rig-databases.ts';
import { aCustomerRelease, aRigRepo, aTierRelease, toProd } from '../support/reconciler/rig-repo.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await removeRigs();
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

/** The codes of what lets no release through, or what refused this one. */
async function verdictOn(rig: Rig, document: string): Promise<readonly string[]> {
  const outcome = await rig.reconciler.check('prod', { document });
  if (outcome.kind === 'refused') return [outcome.error.code];
  const { verdict } = outcome;
  if (!('findings' in verdict)) return [verdict.kind];
  return verdict.findings.flatMap(({ code, severity }) => (severity === 'warn' ? [] : [code]));
}

describe('a document', () => {
  it('for a database on a server is checked by another process, as the schema is now', async () => {
    const rig = await createRig({ files: aRigRepo() });
    const before = rig.checks.length;
    expect(await verdictOn(rig, aCustomerRelease('v8'))).toEqual([]);
    expect(await verdictOn(rig, aTierRelease('v9'))).toContain('COL001');
    await rig.databases.sql('prod', tierMigration);
    expect(await verdictOn(rig, aTierRelease('v9'))).toEqual([]);
    expect(await verdictOn(rig, 'release: [')).toEqual(['release-invalid']);
    expect(rig.checks.slice(before)).toEqual([]);
  });

  it('is checked by the settings of the environment', async () => {
    const rig = await createRig({ files: aRigRepo() });
    const settle = async (settings: object): Promise<void> => {
      const environments = { prod: { database: rigDatabase('prod'), ...settings } };
      await rig.land('settings', { 'stk.yaml': aProject({ environments }) });
    };
    // It logs in as a superuser, which is a warning.
    await settle({ compatibility: 'strict' });
    expect(await verdictOn(rig, aCustomerRelease('v8'))).toEqual(['ENV003']);
    const accept = [{ finding: 'ENV003:postgres', reason: 'a test', until: '2099-01-01' }];
    await settle({ compatibility: 'strict', accept });
    const outcome = await rig.reconciler.check('prod', { document: aCustomerRelease('v8') });
    expect(outcome).toMatchObject({ verdict: { kind: 'compatible', findings: [{ code: 'ENV003' }] } });
    await settle({ migrationLock: '42' });
    await rig.databases.lockAdvisory('prod', '42');
    expect(await verdictOn(rig, aCustomerRelease('v8'))).toEqual(['IND001']);
  });

  it('for an embedded database is checked here', async () => {
    const project = aProject({
      environments: { prod: { database: { embedded: true, init: ['base.sql'] } } },
    });
    const base = 'create table customers (id integer primary key, email text not null)';
    const files = aRigRepo({ 'stk.yaml': project, 'base.sql': base, ...toProd('v2') });
    const rig = await createRig({ files, isEmbedded: true });
    const before = rig.checks.length;
    expect(await verdictOn(rig, aCustomerRelease('v8'))).toEqual([]);
    expect(await verdictOn(rig, aTierRelease('v9'))).toContain('COL001');
    expect(rig.checks.slice(before)).toEqual(['prod/v8', 'prod/v9']);
  });
});

describe('a release of the repo', () => {
  it('that a pointer is about to name is checked here, where it will be served', async () => {
    const rig = await createRig({ files: aRigRepo() });
    const before = rig.checks.length;
    const outcome = await rig.reconciler.check('prod', { release: 'v2', forMove: true });
    expect(outcome).toMatchObject({ kind: 'checked', verdict: { kind: 'compatible' } });
    expect(rig.checks.slice(before)).toEqual(['prod/v2']);
  });

  it('that is only asked about is checked by another process, with the same refusals', async () => {
    const rig = await createRig({ files: aRigRepo({ 'releases/bad.yaml': 'release: [' }) });
    await rig.land('promote', toProd('v3'));
    await rig.land('mutate', { 'releases/v3.yaml': aCustomerRelease('v3') });
    const ask = async (release: string, forMove: boolean): Promise<unknown> => {
      const outcome = await rig.reconciler.check('prod', { release, forMove });
      return outcome.kind === 'checked'
        ? outcome
        : { code: outcome.error.code, message: outcome.error.message };
    };
    for (const release of ['v1', 'v2', 'tier', 'bad', 'v3', 'v9', '../x']) {
      const before = rig.checks.length;
      const elsewhere = await ask(release, false);
      expect(rig.checks.slice(before)).toEqual([]);
      expect(elsewhere).toEqual(await ask(release, true));
    }
    expect(await ask('tier', false)).toMatchObject({ release: 'tier', verdict: { kind: 'incompatible' } });
    expect(await ask('v3', false)).toMatchObject({ code: 'release-mutated' });
  });

  it('is made ready to be served where a request says that its promotion follows, or promotes it', async () => {
    const rig = await createRig({ files: aRigRepo() });
    const ask = await startControlPlane(rig, closing);
    const checksOf = async (path: string, body: object): Promise<readonly string[]> => {
      const before = rig.checks.length;
      expect(await ask('POST', path, body)).toMatchObject({ status: 200 });
      return rig.checks.slice(before);
    };
    expect(await checksOf('check', { release: 'v2' })).toEqual([]);
    expect(await checksOf('check?purpose=move', { release: 'v2' })).toEqual(['prod/v2']);
    expect(await checksOf('promote', { release: 'v3' })).toContain('prod/v3');
  });
});
