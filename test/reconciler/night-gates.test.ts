// The gates of the release night through a Hub: what the environment before tested, and an incident that somebody closes.
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { incidentFile } from '../../src/documents/incident-file.ts';
import { record } from '../support/git/records-repo.ts';
import { aGovernedRepo, digestOf, governed, to } from '../support/reconciler/governed-rig.ts';
import { closeRigCompiler, createRig, removeRigs } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../support/reconciler/rig-databases.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

it('holds a release until its smoke tests passed before and the incident is closed by somebody who may', async () => {
  const { dev, prod } = governed.environments;
  const smoke = [{ name: 'nothing answers', http: 'http://127.0.0.1:1/', within: '100ms' }];
  const gates = { calm: { incident: { severity: 'high' } }, smoke: { smoke: 'pass' } };
  const environments = { dev: { ...dev, smoke, onSmokeFailure: 'alert' }, prod: { ...prod, gates } };
  const rig = await createRig({ files: aGovernedRepo({ environments }) });
  await rig.land('dev', to('dev', 'v2'));
  await rig.land('prod', to('prod', 'v2'));
  expect(rig.condition('prod', 'Admitted').reason).toBe('GateFailed');
  expect(rig.condition('prod', 'Admitted').message).toContain('v2 failed its smoke tests in dev');

  const opened = Date.parse('2026-11-29T03:00:00Z');
  const facts = {
    environment: 'prod',
    release: 'v1',
    severity: 'high',
    cause: 'manual',
    actor: 'a',
    opened,
  } as const;
  const { name, path, text } = incidentFile({ ...facts, timeline: [] }, []);
  await rig.land('incident', { [path]: text });
  const calm = [{ name: 'there', call: 'nothing', role: 'reader', expect: { code: 'unknown-operation' } }];
  const { 'stk.yaml': project = '' } = aGovernedRepo({
    environments: { ...environments, dev: { ...environments.dev, smoke: calm } },
  });
  // The settings are others, so that dev is activated and tested once more.
  await rig.land('tests that pass', { 'stk.yaml': project });
  await rig.until(() => rig.condition('prod', 'Admitted').reason === 'GatePending');
  expect(rig.condition('prod', 'Admitted').message).toContain(`The incident ${name} (high, open since`);

  const digest = await digestOf(rig, 'v1');
  const said = {
    record: 'incident',
    release: 'v1',
    digest,
    incident: name,
    text: 'over',
    action: 'close',
  } as const;
  // Closing takes the role.
  await record(rig.reconciler.repo, [{ ...said, at: Date.now(), by: 'ci@example.com' }]);
  await rig.reconciler.sync();
  await rig.reconciler.settled();
  expect(rig.served('prod')).toBe('v1');
  await record(rig.reconciler.repo, [{ ...said, at: Date.now(), by: 'grace@example.com' }]);
  await rig.until(() => rig.served('prod') === 'v2');
});
