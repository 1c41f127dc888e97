// The gate `migrations` in a running reconciler: it reads files and waivers from git and the ledger from the database.
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { aConstantRelease, aPointer, aRelease } from '../support/documents/release.ts';
import { record } from '../support/git/records-repo.ts';
import { closeRigCompiler, createRig, removeRigs, type Rig } from '../support/reconciler/reconciler-rig.ts';
import { aRigProject } from '../support/reconciler/rig-repo.ts';
import { dropRigDatabases, rigDatabase } from '../support/reconciler/rig-databases.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const project = (role: string): string =>
  aRigProject({
    people: { 'migration-waiver': [role], ci: ['ci@example.com'] },
    environments: {
      dev: { database: rigDatabase('dev') },
      prod: {
        database: rigDatabase('prod'),
        migrations: { dir: 'migrations/', tool: 'plain' },
        gates: { schema: { migrations: 'pass' } },
      },
    },
  });

const files = {
  'environments/dev.yaml': aPointer('v1'),
  'environments/prod.yaml': aPointer('v1'),
  'releases/v1.yaml': aConstantRelease('v1'),
  'releases/v2.yaml': aRelease({ release: 'v2', migrations: { upTo: '0002' } }),
  'migrations/0001_base.sql': '-- migrate:up\ncreate table a (id int);\n-- migrate:down\ndrop table a;\n',
  'migrations/0002_less.sql': 'alter table customers drop column email;\n',
};
const ledger = 'create table schema_migrations (name text primary key)';
const messageOf = (rig: Rig): string => rig.condition('prod', 'Admitted').message;

it('waits for the migration of the release, and for the waiver of one that destroys data', async () => {
  const rig = await createRig({ files: { ...files, 'stk.yaml': project('nobody@example.com') } });
  await rig.databases.sql('prod', `${ledger}; insert into schema_migrations values ('0001_base')`);
  await rig.land('v2', { 'environments/prod.yaml': aPointer('v2') });
  expect(rig.condition('prod', 'Admitted').reason).toBe('GateFailed');
  expect(messageOf(rig)).toContain('MIG001 0002_less');
  expect(messageOf(rig)).toContain('MIG005 0002_less');
  expect(messageOf(rig)).toContain('MIG006 0002_less (it drops the column customers.email)');

  const waiver = { 'waivers/0002.yaml': 'migration: "0002"\nreason: nobody reads it\n' };
  await rig.land('a waiver by somebody without the role', waiver);
  expect(messageOf(rig)).toContain('its waiver does not count: operator@example.com does not have the role');
  await rig.land('the role', { 'stk.yaml': project('operator@example.com') });
  expect(rig.condition('prod', 'Admitted').reason).toBe('GatePending');
  expect(messageOf(rig)).not.toContain('MIG006');

  await rig.databases.sql('prod', "insert into schema_migrations values ('0002_less')");
  await rig.land('a waiver more', { 'waivers/0009.yaml': 'migration: "0009"\nreason: x\n' });
  await rig.until(() => rig.served('prod') === 'v2');
  expect(rig.served('prod')).toBe('v2');
});

it('cannot tell without a ledger, and stops no rollback', async () => {
  const rig = await createRig({ files: { ...files, 'stk.yaml': project('nobody@example.com') } });
  expect(rig.served('prod')).toBe('v1');
  await rig.land('v2', { 'environments/prod.yaml': aPointer('v2') });
  expect(messageOf(rig)).toContain('MIG004 schema_migrations (there is no table schema_migrations');
  await rig.land('back', { 'environments/prod.yaml': aPointer('v1') });
  expect(rig.condition('prod', 'Admitted').status).toBe('True');
});

it('passes the gate `backup` with a record under a release that the environment served before', async () => {
  const rig = await createRig({
    files: {
      ...files,
      'releases/v3.yaml': aConstantRelease('v3'),
      'stk.yaml': aRigProject({
        people: { ci: ['ci@example.com'] },
        environments: {
          dev: { database: rigDatabase('dev') },
          prod: {
            database: rigDatabase('prod'),
            gates: { saved: { backup: { maxAge: '24h', verified: true } } },
          },
        },
      }),
    },
  });
  await rig.land('v3', { 'environments/prod.yaml': aPointer('v3') });
  expect(messageOf(rig)).toContain('No verified backup of prod is recorded.');
  const digest = await rig.repo.git('rev-parse', 'main:releases/v1.yaml');
  const backup = { record: 'backup', release: 'v1', digest, at: Date.now(), by: 'ci@example.com' } as const;
  await record(rig.reconciler.repo, [
    { ...backup, environment: 'prod', size: 1, location: 'here', verified: true },
  ]);
  await rig.until(() => rig.served('prod') === 'v3');
  expect(rig.served('prod')).toBe('v3');
});
