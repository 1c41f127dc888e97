import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commitAs, openSigningDesk, type SigningDesk, type SshPerson } from '../support/git/signing.ts';
import { createRig, removeRigs, type Rig } from '../support/reconciler/reconciler-rig.ts';
import { startControlPlane } from '../support/reconciler/rig-control-plane.ts';
import { rigDatabase } from '../support/reconciler/rig-databases.ts';
import { aRigProject, aRigRepo, toProd } from '../support/reconciler/rig-repo.ts';

const required = `${aRigProject()}\ntrust: { signatures: required }\n`;
const closing: (() => Promise<void>)[] = [];
let desk: SigningDesk;
let ada: SshPerson;
let rig: Rig;

beforeAll(async () => {
  desk = await openSigningDesk();
  ada = await desk.ssh('ada@example.com');
  const signers = `${ada.mail} ${ada.publicKey}\n`;
  rig = await createRig({ files: aRigRepo({ 'stk.yaml': required, 'trust/allowed_signers': signers }) });
});

afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await removeRigs();
  await desk.close();
});

const valid = () => {
  const { status, reason } = rig.condition('prod', 'ProjectValid');
  return `${status} ${reason}`;
};
const signatures = () => rig.reconciler.project().pipeline.trust.signatures;

describe('a Hub where signatures are required', () => {
  it('keeps its project when an unsigned commit changes it, over a restart without memory too', async () => {
    await commitAs(rig.repo, { by: { mail: ada.mail }, files: { 'stk.yaml': aRigProject() } });
    await rig.reconciler.sync();
    expect(valid()).toBe('False ProjectUnsigned');
    expect(rig.condition('prod', 'ProjectValid').message).toContain('is not signed');
    expect(signatures()).toBe('required');
    await rig.stop();
    rig = await rig.restart();
    expect(valid()).toBe('False ProjectUnsigned');
    expect(signatures()).toBe('required');
  });

  it('makes no commit that it cannot sign', async () => {
    await rig.until(() => rig.condition('prod', 'RecordsWritable').reason === 'SigningKeyMissing');
    expect(rig.condition('prod', 'RecordsWritable').status).toBe('False');
    const ask = await startControlPlane(rig, closing);
    const before = await rig.repo.revision();
    const answer = await ask('POST', 'promote', { release: 'v3' });
    expect(answer.status).toBe(409);
    expect(JSON.stringify(answer.body)).toContain('signing-key-missing');
    expect(await rig.repo.revision()).toBe(before);
  });

  it('serves what a signed pointer names, and not what an unsigned one does', async () => {
    const served = rig.served('prod');
    await commitAs(rig.repo, { by: { mail: ada.mail }, files: toProd('v3') });
    await rig.reconciler.sync();
    expect(rig.condition('prod', 'Admitted').reason).toBe('Untrusted');
    expect(rig.served('prod')).toBe(served);
    await commitAs(rig.repo, { by: ada, files: { 'environments/prod.yaml': 'release: v3 # signed\n' } });
    await rig.reconciler.sync();
    expect(rig.served('prod')).toBe('v3');
  });

  it('takes a release back all the same, and says that it cannot commit that', async () => {
    const smoke = [{ name: 'health', http: 'http://127.0.0.1:1/', within: '1s' }];
    const prod = { database: rigDatabase('prod'), smoke };
    const environments = { dev: { database: rigDatabase('dev') }, prod };
    const project = `${aRigProject({ environments })}\ntrust: { signatures: required }\n`;
    await commitAs(rig.repo, { by: ada, files: { 'stk.yaml': project } });
    await commitAs(rig.repo, { by: ada, files: toProd('v2') });
    await rig.reconciler.sync();
    const conditions = () => rig.reconciler.status('prod')?.conditions ?? [];
    await rig.until(() => conditions().some(({ type }) => type === 'HubCannotCommit'));
    expect(rig.served('prod')).toBe('v3');
    for (const type of ['RollbackPending', 'HubCannotCommit'])
      expect(conditions().find((one) => one.type === type)).toMatchObject({
        status: 'True',
        reason: 'SigningKeyMissing',
      });
    // The signed commit of a person settles it.
    await commitAs(rig.repo, { by: ada, files: toProd('v3') });
    await rig.reconciler.sync();
    await rig.until(() => conditions().every(({ type }) => type !== 'HubCannotCommit'));
  });

  it('takes the project over when it is signed', async () => {
    await commitAs(rig.repo, { by: ada, files: { 'stk.yaml': `${aRigProject()}\n# signed\n` } });
    await rig.reconciler.sync();
    expect(valid()).toBe('True InForce');
    expect(signatures()).toBe('none');
  });
});
