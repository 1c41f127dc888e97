import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isBlocking } from '../../src/model/finding.ts';
import { StkError } from '../../src/kernel/errors.ts';
import { closeRigCompiler, createRig, removeRigs } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase, tierMigration } from '../support/reconciler/rig-databases.ts';
import { aConstantRelease, aPointer, aProject } from '../support/documents/release.ts';
import { aCustomerRelease, aRigProject, aRigRepo, patient, toProd } from '../support/reconciler/rig-repo.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

describe('a pointer commit', () => {
  it('switches what the environment serves, and only that', async () => {
    const rig = await createRig({ files: aRigRepo() });
    expect([rig.served('dev'), rig.served('prod')]).toEqual(['v1', 'v1']);
    const revision = await rig.land('promote', toProd('v2'));
    expect([rig.served('dev'), rig.served('prod')]).toEqual(['v1', 'v2']);
    expect(rig.reconciler.status('prod')).toMatchObject({
      desired: { release: 'v2', revision, by: 'Test Operator <operator@example.com>' },
      serving: { release: 'v2', revision },
      observedRevision: revision,
    });
    expect(rig.condition('prod', 'Ready')).toMatchObject({ status: 'True', reason: 'Serving' });
  });

  it('is noticed by the watch, without anybody asking', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.repo.commit('promote', toProd('v2'));
    await rig.until(() => rig.served('prod') === 'v2');
    expect(rig.served('prod')).toBe('v2');
  });

  it('on another branch changes nothing, checked out or not', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.repo.git('checkout', '--quiet', '-b', 'other');
    await rig.land('elsewhere', toProd('v2'));
    expect(rig.served('prod')).toBe('v1');
  });

  it('costs one pointer, whatever the number of environments and releases', async () => {
    const many: Record<string, string> = { 'stk.yaml': aRigProject({ environments: environments(20) }) };
    for (let n = 0; n < 20; n += 1) many[`environments/e${n}.yaml`] = aPointer('v1');
    const rig = await createRig({ files: aRigRepo(many) });
    rig.reads.length = 0;
    rig.checks.length = 0;
    await rig.land('promote', { 'environments/e7.yaml': aPointer('v2') });
    expect(rig.checks).toEqual(['e7/v2']);
    // The pointer, the release, and the release again for the last-known-good; the pointer and the one before it for the
    // watch of rollback targets.
    expect(rig.reads.length).toBeLessThanOrEqual(5);
  });

  it('is never shown as observed before what it desires is shown, too', async () => {
    const rig = await createRig({ files: aRigRepo() });
    const seen: (readonly [revision: string | null, desired: string | undefined])[] = [];
    const over = new AbortController();
    const watching = (async () => {
      while (!over.signal.aborted) {
        const status = rig.reconciler.status('prod');
        if (status !== undefined) seen.push([status.observedRevision, status.desired?.release]);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const files = { ...toProd('v4'), 'releases/v4.yaml': aConstantRelease('v4') };
    const revision = await rig.land('promote what is new', files);
    over.abort();
    await watching;
    const desired = seen.filter(([observed]) => observed === revision).map(([, release]) => release);
    expect(new Set(desired)).toEqual(new Set(['v4']));
  });

  it('that reverts always propagates: A, B, A', async () => {
    const rig = await createRig({ files: aRigRepo() });
    const seen: (string | undefined)[] = [];
    for (const release of ['v2', 'v1', 'v2', 'v1']) {
      await rig.land('move', toProd(release));
      seen.push(rig.served('prod'));
    }
    expect(seen).toEqual(['v2', 'v1', 'v2', 'v1']);
  });

  it('that reverts a refused one brings Ready back', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('promote', toProd('tier'));
    expect(rig.condition('prod', 'Ready').status).toBe('False');
    await rig.repo.git('revert', '--no-edit', 'HEAD');
    await rig.reconciler.sync();
    expect(rig.condition('prod', 'Ready').status).toBe('True');
  });
});

describe('the swap', () => {
  it('happens inside the check, and serving is known only after it', async () => {
    const during: unknown[] = [];
    const rig = await createRig({
      files: aRigRepo(),
      beforeSwap: (check) => {
        if (check === 'prod/v2')
          during.push(rig.served('prod'), rig.reconciler.status('prod')?.serving?.release);
      },
    });
    await rig.land('promote', toProd('v2'));
    expect(during).toEqual(['v1', 'v1']);
    expect(rig.reconciler.status('prod')?.serving?.release).toBe('v2');
  });
});

describe('a failed candidate leaves the previous release serving', () => {
  it('when the release is missing, and takes effect once the file is there', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('promote', toProd('v9'));
    expect(rig.served('prod')).toBe('v1');
    expect(rig.condition('prod', 'ReleaseValid').reason).toBe('ReleaseMissing');
    expect(rig.reconciler.status('prod')?.desired?.release).toBe('v9');
    await rig.land('add', { 'releases/v9.yaml': aConstantRelease('v9') });
    expect(rig.served('prod')).toBe('v9');
  });

  it('when the release does not parse', async () => {
    const rig = await createRig({ files: aRigRepo({ 'releases/bad.yaml': 'release: bad\nnonsense: [' }) });
    await rig.land('promote', toProd('bad'));
    expect(rig.served('prod')).toBe('v1');
    expect(rig.condition('prod', 'Ready')).toMatchObject({ status: 'False', reason: 'ReleaseInvalid' });
  });

  it('when the pointer does not parse', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('break', { 'environments/prod.yaml': 'release: [v1' });
    expect(rig.served('prod')).toBe('v1');
    expect(rig.condition('prod', 'PointerValid').reason).toBe('PointerInvalid');
    expect(rig.condition('prod', 'ReleaseValid').reason).toBe('NotReached');
  });

  it('when it does not fit the database, with the findings, and takes effect by itself once it does', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('promote', toProd('tier'));
    expect(rig.served('prod')).toBe('v1');
    expect(rig.condition('prod', 'Compatible')).toMatchObject({ status: 'False', reason: 'Incompatible' });
    expect(rig.reconciler.status('prod')?.findings.filter(isBlocking)).toMatchObject([
      { code: 'COL001', object: 'public.customers.tier', operations: ['customers.get'] },
    ]);
    await rig.databases.sql('prod', tierMigration);
    await rig.until(() => rig.condition('prod', 'Ready').status === 'True');
    expect(rig.served('prod')).toBe('tier');
    expect(rig.reconciler.status('prod')?.findings.filter(isBlocking)).toEqual([]);
    // The start's activation alone: a wait for a migration is not the Hub's time.
    expect(await rig.metrics()).toContain('stk_propagation_seconds_count{environment="prod"} 1\n');
  });

  it('when the database is away, and takes effect when it is back', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.databases.cut('prod');
    await rig.land('promote', toProd('v2'));
    expect(rig.condition('prod', 'DatabaseReachable').reason).toBe('DatabaseUnavailable');
    expect(rig.served('prod')).toBe('v1');
    await rig.databases.restore('prod');
    await rig.until(() => rig.served('prod') === 'v2');
    expect(rig.served('prod')).toBe('v2');
  });

  it('when a lock keeps the check from an answer, and takes effect when it is free', async () => {
    const rig = await createRig({ files: aRigRepo() });
    const release = await rig.databases.lock('prod');
    // Not sooner: the start has its time.
    const impatient = { 'stk.yaml': aRigProject({ limits: { lock: '50ms' } }) };
    await rig.land('promote', { ...impatient, ...toProd('v2') });
    expect(rig.condition('prod', 'Compatible')).toMatchObject({ status: 'Unknown', reason: 'DatabaseBusy' });
    expect(rig.served('prod')).toBe('v1');
    await release();
    await rig.until(() => rig.served('prod') === 'v2');
    expect(rig.served('prod')).toBe('v2');
  });

  it('when the check runs into its time limit', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.databases.lock('prod');
    const limits = { lock: '120s', statement: '500ms' };
    await rig.land('promote', { 'stk.yaml': aRigProject({ limits }), ...toProd('v2') });
    // Whatever else ran into the limit on a busy machine, the check does in the end.
    await rig.until(() => rig.condition('prod', 'Compatible').reason === 'CheckTimeout');
    expect(rig.condition('prod', 'Compatible').status).toBe('Unknown');
    expect(rig.served('prod')).toBe('v1');
  });

  it('and a later good commit pre-empts it, even while its check hangs', async () => {
    const rig = await createRig({ files: aRigRepo({ 'stk.yaml': aRigProject(patient) }) });
    const release = await rig.databases.lock('prod');
    await rig.repo.commit('promote', toProd('v2'));
    await rig.until(() => rig.checks.includes('prod/v2'));
    await rig.land('promote', toProd('v3'));
    expect(rig.served('prod')).toBe('v3');
    await release();
    await rig.reconciler.settled();
    expect(rig.served('prod')).toBe('v3');
  });
});

describe('environments never delay one another', () => {
  it('while one of them hangs in its check', async () => {
    const rig = await createRig({ files: aRigRepo({ 'stk.yaml': aRigProject(patient) }) });
    await rig.databases.lock('dev');
    await rig.repo.commit('both', { ...toProd('v2'), 'environments/dev.yaml': aPointer('v2') });
    await rig.until(() => rig.served('prod') === 'v2');
    expect(rig.served('dev')).toBe('v1');
    expect(rig.condition('dev', 'Ready').reason).toBe('Reconciling');
  });
});

describe('a slow document', () => {
  it('that somebody has checked holds up no activation', async () => {
    const rig = await createRig({ files: aRigRepo() });
    let isChecked = false;
    const checking = rig.reconciler
      .check('dev', { document: aSlowRelease() })
      .finally(() => (isChecked = true));
    const ended = checking.then(
      () => undefined,
      () => undefined,
    );
    await rig.land('promote', toProd('v2'));
    expect([rig.served('prod'), isChecked]).toEqual(['v2', false]);
    // Nobody waits for its end.
    await closeRigCompiler();
    await ended;
  });
});

describe('a release is immutable', () => {
  it('so other bytes under the id that serves are told, and not served', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('mutate', { 'releases/v1.yaml': aConstantRelease('v1', { changed: true }) });
    expect(rig.condition('prod', 'ReleaseValid')).toMatchObject({
      status: 'False',
      reason: 'ReleaseMutated',
    });
    expect(rig.reconciler.table.stable('prod')?.compiled.release.operations.get('about')).toMatchObject({
      value: { release: 'v1' },
    });
  });

  it('so a pointer to a release that was changed since it was first named is refused, on a fresh Hub as well', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('promote', toProd('v2'));
    await rig.land('back', toProd('v1'));
    await rig.land('mutate', { 'releases/v2.yaml': aCustomerRelease('v2', { config: { other: true } }) });
    await rig.land('again', toProd('v2'));
    expect(rig.served('prod')).toBe('v1');
    const next = await rig.restart();
    expect(next.condition('prod', 'ReleaseValid').reason).toBe('ReleaseMutated');
    expect(next.served('prod')).toBe('v1');
  });

  it('so a change of the served one is told while another one is desired and refused', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('promote', toProd('tier'));
    await rig.land('mutate', { 'releases/v1.yaml': aConstantRelease('v1', 'other') });
    expect(rig.condition('prod', 'Ready').message).toContain('releases/v1.yaml was changed since');
    await rig.land('delete', { 'releases/v1.yaml': undefined });
    expect(rig.condition('prod', 'Ready').message).toContain('releases/v1.yaml no longer exists');
    expect(rig.served('prod')).toBe('v1');
  });

  it('and a file that no pointer has named may still change', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('edit', { 'releases/v2.yaml': aCustomerRelease('v2', { config: { draft: true } }) });
    await rig.land('promote', toProd('v2'));
    expect(rig.served('prod')).toBe('v2');
  });
});

describe('readiness', () => {
  it('waits for every first reconcile, needs one that serves, and sticks', async () => {
    const files = aRigRepo({
      'stk.yaml': aRigProject(patient),
      'environments/dev.yaml': aPointer('v2'),
      'environments/prod.yaml': aPointer('tier'),
    });
    const rig = await createRig({ files, isUnstarted: true });
    const release = await rig.databases.lock('dev');
    await rig.reconciler.start();
    await rig.until(() => rig.condition('prod', 'Compatible').reason === 'Incompatible');
    expect(rig.served('prod')).toBeUndefined();
    expect(rig.reconciler.isReady()).toBe(false);
    await release();
    await rig.until(() => rig.served('dev') === 'v2');
    await rig.until(() => rig.reconciler.isReady());
    expect(rig.reconciler.isReady('prod')).toBe(false);
    await rig.land('remove', { 'environments/dev.yaml': 'nonsense' });
    expect(rig.reconciler.isReady()).toBe(true);
  });
});

describe('the followed branch', () => {
  it('is followed when it is rewound, and that is said until the next ordinary commit', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('promote', toProd('v2'));
    await rig.repo.git('reset', '--hard', '--quiet', 'HEAD~1');
    await rig.reconciler.sync();
    await rig.reconciler.settled();
    expect(rig.served('prod')).toBe('v1');
    expect(rig.condition('prod', 'HistoryRewritten')).toMatchObject({ status: 'True', reason: 'Rewound' });
    await rig.land('promote', toProd('v3'));
    expect(rig.condition('prod', 'HistoryRewritten').status).toBe('False');
  });

  it('is followed when it is force-pushed', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('promote', toProd('v2'));
    await rig.repo.git('checkout', '--quiet', '-b', 'aside', 'HEAD~1');
    await rig.repo.commit('other', toProd('v3'));
    // In one step: a look in between would see a rewind and an ordinary commit.
    await rig.repo.git('branch', '--force', 'main', 'aside');
    await rig.until(() => rig.served('prod') === 'v3');
    await rig.until(() => rig.condition('prod', 'HistoryRewritten').reason === 'ForcePushed');
    expect(rig.served('prod')).toBe('v3');
  });

  it('may lose an object: that environment is refused, the others go on', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.repo.write('environments/prod.yaml', aPointer('v2'));
    await rig.repo.write('environments/dev.yaml', aPointer('v3'));
    await rig.repo.git('add', '--all');
    const blob = await rig.repo.git('rev-parse', ':environments/prod.yaml');
    const tree = await rig.repo.git('write-tree');
    const commit = await rig.repo.git('commit-tree', tree, '-p', 'HEAD', '-m', 'both');
    await rm(join(rig.repo.directory, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    await rig.repo.git('update-ref', 'refs/heads/main', commit);
    await rig.reconciler.sync();
    expect([rig.served('dev'), rig.served('prod')]).toEqual(['v3', 'v1']);
    expect(rig.condition('prod', 'PointerValid').reason).toBe('PointerUnreadable');
  });

  it('may disappear: everything goes on being served', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.repo.git('update-ref', '-d', 'refs/heads/main');
    await rig.reconciler.sync();
    expect(rig.served('prod')).toBe('v1');
    expect(rig.condition('prod', 'RepositoryReachable').reason).toBe('RefMissing');
  });
});

describe('what disappears goes on being served', () => {
  it('when the pointer file is deleted', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('delete', { 'environments/prod.yaml': undefined });
    expect(rig.served('prod')).toBe('v1');
    expect(rig.condition('prod', 'PointerValid').reason).toBe('PointerMissing');
    expect(rig.reconciler.status('prod')?.desired).toBeNull();
  });

  it('when stk.yaml no longer lists the environment', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('drop', {
      'stk.yaml': aRigProject({ environments: { dev: { database: rigDatabase('dev') } } }),
    });
    expect(rig.served('prod')).toBe('v1');
    expect(rig.condition('prod', 'PointerValid').reason).toBe('EnvironmentRemoved');
    expect(rig.reconciler.environments()).toEqual(['dev', 'prod']);
  });
});

describe('stk.yaml', () => {
  it('takes effect without a restart: limits and new environments', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('grow', {
      'stk.yaml': aRigProject({
        environments: { ...environments(1), prod: { database: rigDatabase('prod') } },
        limits: { rows: 7 },
      }),
      'environments/e0.yaml': aPointer('v2'),
    });
    expect(rig.reconciler.table.stable('prod')?.maxRows).toBe(7);
    expect(rig.served('e0')).toBe('v2');
  });

  it('that names another database lets calls in the old one finish, and then leaves it', async () => {
    const rig = await createRig({ files: aRigRepo({ 'stk.yaml': aRigProject(patient), ...toProd('v2') }) });
    const unlock = await rig.databases.lock('prod');
    const { database: old } = rig.reconciler.table.stable('prod') ?? {};
    const call = old?.execute(aRead);
    const environments = { dev: { database: rigDatabase('dev') }, prod: { database: rigDatabase('dev') } };
    await rig.land('move', { 'stk.yaml': aRigProject({ ...patient, environments }) });
    expect(rig.reconciler.table.stable('prod')?.database).not.toBe(old);
    await unlock();
    expect(await call).toMatchObject({ kind: 'done' });
    while ((await rig.databases.sql('prod', others))[0]?.['others'] !== '0');
    expect(await old?.execute(aCall)).toMatchObject({ kind: 'unavailable' });
  });

  it('that names a database of no use for a while leaves no session there', async () => {
    const files = { 'stk.yaml': aRigProject({ environments: { prod: { database: rigDatabase('prod') } } }) };
    const rig = await createRig({ files: aRigRepo({ ...files, ...toProd('v2') }) });
    await rig.databases.sql('dev', 'drop table customers');
    await rig.land('move', {
      'stk.yaml': aRigProject({ environments: { prod: { database: rigDatabase('dev') } } }),
    });
    expect(rig.condition('prod', 'Ready').reason).toBe('Incompatible');
    await rig.land('back', files);
    expect(rig.condition('prod', 'Ready').reason).toBe('Serving');
    while ((await rig.databases.sql('dev', others))[0]?.['others'] !== '0');
    expect(await rig.reconciler.table.stable('prod')?.database.execute(aRead)).toMatchObject({
      kind: 'done',
    });
  });

  it('that does not parse leaves the last good one in force while pointers are followed', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('break', { 'stk.yaml': 'project: [' });
    expect(rig.condition('prod', 'ProjectValid')).toMatchObject({
      status: 'False',
      reason: 'ProjectInvalid',
    });
    await rig.land('promote', toProd('v2'));
    expect(rig.served('prod')).toBe('v2');
    const next = await rig.restart();
    expect(next.condition('prod', 'ProjectValid').reason).toBe('ProjectInvalid');
    await next.land('promote', toProd('v3'));
    expect(next.served('prod')).toBe('v3');
  });

  it('that would be insecure is refused', async () => {
    const refuseProject = (project: { project: string }): StkError | undefined =>
      project.project === 'shop' ? undefined : new StkError('insecure-project', 'everybody could call it');
    const rig = await createRig({ files: aRigRepo(), refuseProject });
    await rig.land('open', { 'stk.yaml': aRigProject({ project: 'open' }) });
    expect(rig.reconciler.project().project).toBe('shop');
    expect(rig.condition('prod', 'ProjectValid').reason).toBe('InsecureProject');
  });

  it('that never was good ends the start with every problem', async () => {
    const rig = await createRig({ files: { 'stk.yaml': 'project: 5\n' }, isUnstarted: true });
    await expect(rig.reconciler.start()).rejects.toMatchObject({ code: 'project-invalid' });
  });
});

describe('a restart serves the last-known-good from disk', () => {
  it('when the database is unreachable, says so, and recovers unaided', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.databases.cut('prod');
    const next = await rig.restart();
    expect(next.served('prod')).toBe('v1');
    expect(next.condition('prod', 'ServedFromDisk')).toMatchObject({
      status: 'True',
      reason: 'ServedFromDisk',
    });
    expect(next.condition('dev', 'ServedFromDisk').reason).toBe('Confirmed');
    const call = await next.reconciler.table.stable('prod')?.database.execute(aCall);
    expect(call).toMatchObject({ kind: 'unavailable' });
    await rig.databases.restore('prod');
    await next.until(() => next.condition('prod', 'ServedFromDisk').status === 'False');
    await next.until(() => next.condition('prod', 'Ready').status === 'True');
    expect(next.served('prod')).toBe('v1');
  });

  it('when git is unreachable, and follows it again when it is back', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.repo.git('config', 'core.repositoryformatversion', '7');
    const next = await rig.restart();
    expect(next.served('prod')).toBe('v1');
    expect([next.reconciler.isReady(), next.reconciler.isReady('prod')]).toEqual([true, true]);
    expect(next.condition('prod', 'RepositoryReachable').status).toBe('False');
    expect(next.condition('prod', 'ServedFromDisk').status).toBe('True');
    expect(() => next.reconciler.repo).toThrow(StkError);
    await next.repo.git(
      'config',
      '--file',
      join(next.repo.directory, '.git/config'),
      'core.repositoryformatversion',
      '0',
    );
    await next.repo.commit('promote', toProd('v2'));
    // The branch may be seen as it was before the commit.
    await next.until(() => next.served('prod') === 'v2');
    await next.until(() => next.condition('prod', 'ServedFromDisk').status === 'False');
  });

  it('when git is unreachable, with calls of an embedded database, whose files it has not', async () => {
    const base = 'create table customers (id integer primary key, email text not null)';
    const project = aProject({
      environments: { prod: { database: { embedded: true, init: ['base.sql'] } } },
    });
    const files = aRigRepo({ 'stk.yaml': project, 'base.sql': base, ...toProd('v2') });
    const rig = await createRig({ files, isEmbedded: true });
    expect(rig.served('prod')).toBe('v2');
    await rig.repo.git('config', 'core.repositoryformatversion', '7');
    const next = await rig.restart();
    expect(next.served('prod')).toBe('v2');
    const database = next.reconciler.table.stable('prod')?.database;
    await database?.ping();
    // The engine has one session: while the check of the start uses it, a call waits, and on a slow machine for too long.
    let answer = await database?.execute(aRead);
    for (let more = 20; more > 0 && answer?.kind === 'unavailable'; more -= 1)
      answer = await database?.execute(aRead);
    expect(answer).toMatchObject({ kind: 'done' });
  });

  it('unless its record is not JSON: it says so and serves from git', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.stop();
    const body = 'no JSON';
    const sha256 = createHash('sha256').update(body).digest('hex');
    const head = JSON.stringify({ format: 'stk-last-known-good-1', sha256 });
    for (const name of ['environment-prod', 'project']) {
      const path = join(rig.stateDirectory, 'last-known-good', `${name}.json`);
      await stat(path);
      await writeFile(path, `${head}\n${body}\n`);
    }
    const next = await rig.restart();
    expect(next.served('prod')).toBe('v1');
    expect(next.condition('prod', 'Ready').status).toBe('True');
    expect(next.logged).toContainEqual(
      expect.objectContaining({
        message: 'the last-known-good on disk cannot be used',
        fields: expect.objectContaining({ problem: expect.stringContaining('is not of this version') }),
      }),
    );
  });

  it('when the desired release is refused, as before the restart', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('promote', toProd('tier'));
    const next = await rig.restart();
    expect(next.served('prod')).toBe('v1');
    expect(next.reconciler.status('prod')).toMatchObject({
      desired: { release: 'tier' },
      serving: { release: 'v1' },
    });
  });
});

/** Takes many seconds to compile. */
function aSlowRelease(): string {
  const operations = Array.from({ length: 4_000 }, (_, n) => [
    `op${n}`,
    { sql: `select id, email from customers where id = ${n}`, returns: 'many', input: anInput(n) },
  ]);
  return aCustomerRelease('slow', { operations: Object.fromEntries(operations) });
}

/** A schema of its own each time, so that none is remembered. */
function anInput(n: number): object {
  const properties = Object.fromEntries(
    Array.from({ length: 8 }, (_, m) => [`p${n}x${m}`, { maxLength: n }]),
  );
  return {
    type: 'object',
    properties: {},
    $defs: { properties: { type: 'object', properties } },
    additionalProperties: false,
  };
}

/** Sessions of the database besides the one that asks. */
const others = `select count(*) as others from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;
const aCall = {
  statement: { name: 's', text: 'select 1', mode: 'read' },
  values: [],
  claims: undefined,
  wants: 'rows',
  maxRows: 1,
} as const;
const aRead = { ...aCall, statement: { name: 'r', text: 'select id from customers', mode: 'read' } } as const;

function environments(count: number): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`e${n}`, { database: rigDatabase('prod') }]),
  );
}
