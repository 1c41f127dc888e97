// An environment with `of`: a second release on the database of another environment, and what always lets it return.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { aConstantRelease, aPointer } from '../../support/documents/release.ts';
import { to } from '../../support/reconciler/governed-rig.ts';
import {
  closeRigCompiler,
  createRig,
  removeRigs,
  type Rig,
} from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../../support/reconciler/rig-databases.ts';
import { aCustomerRelease, aRigProject, aTierRelease } from '../../support/reconciler/rig-repo.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

/** prod on v1 with a canary on v1, which needs an approval; the releases v2 and v3 fit. */
function files(canary: object = {}): Record<string, string> {
  return {
    'stk.yaml': aRigProject({
      environments: { prod: { database: rigDatabase('prod') }, canary: { of: 'prod', ...canary } },
    }),
    'environments/prod.yaml': aPointer('v1'),
    'environments/canary.yaml': aPointer('v1'),
    'releases/v1.yaml': aCustomerRelease('v1'),
    'releases/v2.yaml': aCustomerRelease('v2', { notes: 'second' }),
    'releases/v3.yaml': aConstantRelease('v3'),
    'releases/tier.yaml': aTierRelease('tier'),
  };
}

const active = (rig: Rig, environment: string) => {
  const found = rig.reconciler.table.stable(environment);
  if (found === undefined) throw new Error(`${environment} serves nothing`);
  return found;
};

/** As the controller starts it. */
function startShare(rig: Rig): boolean {
  const [canary, stable] = [active(rig, 'canary').blob, active(rig, 'prod').blob];
  return rig.reconciler.table.traffic.start({ of: 'prod', canary, stable, weight: 10 });
}

const share = (rig: Rig) => rig.reconciler.table.arms('prod')?.split?.canary;

describe('an environment with `of`', () => {
  it('is served by the Hub that serves the other one, from the same database', async () => {
    const rig = await createRig({ files: files(), only: ['prod'] });
    await rig.land('canary: v2', to('canary', 'v2'));
    expect([rig.served('prod'), rig.served('canary')]).toEqual(['v1', 'v2']);
    expect(active(rig, 'canary').database).toBe(active(rig, 'prod').database);
    await rig.land('canary: what does not fit', to('canary', 'tier'));
    expect(rig.served('canary')).toBe('v2');
    expect(rig.condition('canary', 'Compatible').status).toBe('False');
  });

  it('is not served by a Hub that serves another environment', async () => {
    const environments = {
      dev: { database: rigDatabase('dev') },
      prod: { database: rigDatabase('prod') },
      canary: { of: 'prod' },
    };
    const rig = await createRig({
      files: {
        ...files(),
        'stk.yaml': aRigProject({ environments }),
        'environments/dev.yaml': aPointer('v1'),
      },
      only: ['dev'],
    });
    expect(rig.reconciler.environments()).toEqual(['dev']);
  });

  it('keeps the database open for as long as one of the two uses it', async () => {
    const rig = await createRig({ files: files() });
    await rig.land('canary: v3', to('canary', 'v3'));
    const before = active(rig, 'prod').database;
    const environments = { prod: { database: rigDatabase('prod') } };
    await rig.land('no canary any more', { 'stk.yaml': aRigProject({ environments }) });
    await rig.land('prod: v2', to('prod', 'v2'));
    expect(active(rig, 'prod').database).toBe(before);
    expect(active(rig, 'canary').database.use()).toMatchObject({ waiting: 0 });
    expect(rig.reconciler.table.arms('prod')?.split).toBeUndefined();
  });
});

describe('the share of a canary', () => {
  it('ends in the swap of the other environment', async () => {
    const rig = await createRig({ files: files() });
    await rig.land('canary: v2', to('canary', 'v2'));
    expect(startShare(rig)).toBe(true);
    expect(share(rig)?.active.compiled.release.release).toBe('v2');
    const shares: unknown[] = [];
    const { table } = rig.reconciler;
    const seen = setInterval(() => {
      if (table.stable('prod')?.compiled.release.release === 'v3') shares.push(share(rig));
    }, 1);
    await rig.land('prod: v3, by hand', to('prod', 'v3'));
    clearInterval(seen);
    expect(shares.every((one) => one === undefined)).toBe(true);
    expect(rig.served('prod')).toBe('v3');
    expect(share(rig)).toBeUndefined();
  });

  it('survives a change of settings, and draws the same callers after a restart', async () => {
    const rig = await createRig({ files: files() });
    await rig.land('canary: v2', to('canary', 'v2'));
    startShare(rig);
    const salt = share(rig)?.salt;
    const environments = { prod: { database: rigDatabase('prod') }, canary: { of: 'prod' } };
    const limits = { rows: 7 };
    await rig.land('other limits', { 'stk.yaml': aRigProject({ environments, limits }) });
    expect(active(rig, 'prod').maxRows).toBe(7);
    expect(share(rig)).toMatchObject({ salt, active: { maxRows: 7 } });
    const next = await rig.restart();
    await next.until(() => next.served('prod') === 'v1' && next.served('canary') === 'v2');
    startShare(next);
    expect(share(next)?.salt).toEqual(salt);
  });
});

describe('a freeze of the other environment', () => {
  it('stops the start of its canary', async () => {
    const rig = await createRig({ files: files() });
    const frozen = 'freeze: fair\nreason: a fair\nenvironments: [prod]\n';
    await rig.land('a fair', { 'freezes/fair.yaml': frozen, ...to('canary', 'v2') });
    expect(rig.served('canary')).toBe('v1');
    expect(rig.condition('canary', 'Admitted').reason).toBe('Frozen');
    await rig.land('it is over', { 'freezes/fair.yaml': undefined });
    expect(rig.served('canary')).toBe('v2');
  });
});

describe('a return to what the other environment serves', () => {
  it('needs no gate, no smoke test and no database, and passes a freeze and a veto', async () => {
    const smoke = [{ name: 'never', call: 'about', role: 'reader', expect: { result: { no: 'such' } } }];
    const rig = await createRig({ files: files() });
    await rig.land('canary: v2', to('canary', 'v2'));
    expect(rig.served('canary')).toBe('v2');
    const environments = {
      prod: { database: rigDatabase('prod') },
      canary: { of: 'prod', smoke, gates: { ci: { check: 'ci' } } },
    };
    await rig.land('everything stands in the way', {
      'stk.yaml': aRigProject({ environments }),
      'freezes/all.yaml': 'freeze: all\nreason: a fair\n',
      'vetoes/v1.yaml': 'veto: v1\nreason: loses orders\n',
    });
    await rig.databases.cut('prod');
    await rig.repo.commit('back', to('canary', 'v1'));
    await rig.reconciler.sync();
    expect(rig.served('canary')).toBe('v1');
    expect(rig.condition('canary', 'Admitted').reason).toMatch(/ServedBeside|NothingToAdmit/);
    await rig.databases.restore('prod');
  });

  it('is no return where the release ran there before and production serves another one', async () => {
    const rig = await createRig({ files: files({ gates: { ci: { check: 'ci' } } }) });
    await rig.land('prod: v3', to('prod', 'v3'));
    await rig.land('canary: v3', to('canary', 'v3'));
    expect(rig.served('canary')).toBe('v3');
    await rig.land('canary: v1, which ran there', to('canary', 'v1'));
    expect(rig.served('canary')).toBe('v3');
    expect(rig.condition('canary', 'Admitted').reason).toBe('GatePending');
  });
});
