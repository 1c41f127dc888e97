// Automatic promotion in a running reconciler: at the moments of a schedule, and beside people who decide at the same time.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { ConfigRepo } from '../../../src/git/config-repo.ts';
import { aMoment } from '../../support/clock.ts';
import { aConstantRelease, aPointer } from '../../support/documents/release.ts';
import { startTestHub } from '../../support/hub/hub-client.ts';
import { to } from '../../support/reconciler/governed-rig.ts';
import { createMovedClock } from '../../support/reconciler/moved-clock.ts';
import {
  closeRigCompiler,
  createRig,
  openRigRepo,
  removeRigs,
  type Rig,
} from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../../support/reconciler/rig-databases.ts';
import { aRigProject } from '../../support/reconciler/rig-repo.ts';
import { repeats } from '../../support/soak.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const releases = (count: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`releases/v${i + 1}.yaml`, aConstantRelease(`v${i + 1}`)]),
  );

/** dev and prod on v1; prod takes what dev serves. */
function aRepo(auto: object, count = 3, prod: object = {}, dev: object = {}): Record<string, string> {
  const environments = {
    dev: { database: rigDatabase('dev'), ...dev },
    prod: { database: rigDatabase('prod'), from: 'dev', auto, ...prod },
  };
  return {
    'stk.yaml': aRigProject({ environments }),
    ...to('dev', 'v1'),
    ...to('prod', 'v1'),
    ...releases(count),
  };
}

const freeze = { 'freezes/fair.yaml': 'freeze: fair\nreason: the fair\nenvironments: [prod]\n' };
const thaw = { 'freezes/fair.yaml': undefined };
const namedBy = (rig: Rig): Promise<string> => rig.repo.git('show', 'main:environments/prod.yaml');

/** Everything that follows from what stands in git is done, the commits of the Hub included. */
async function calm({ reconciler }: Rig): Promise<void> {
  for (let n = 0; n < 3; n += 1) {
    await reconciler.sync();
    await reconciler.settled();
  }
}

const viewOf = async ({ reconciler }: Rig) => {
  const view = await reconciler.auto.view('prod');
  if (view === undefined) throw new Error('prod has no auto');
  return view;
};

describe('an hourly promotion', () => {
  const begin = Date.UTC(2026, 9, 25, 0, 20);
  const hour = 3_600_000;

  it('makes one attempt a moment, tells each, and makes up once what was missed', async () => {
    const clock = createMovedClock(begin);
    const create = { files: aRepo({ when: 'schedule', schedule: 'hourly' }), clock };
    let rig = await createRig(create);
    const attempts = async (count: number) => {
      while ((await viewOf(rig)).attempts.length < count) await aMoment();
      await calm(rig);
      return (await viewOf(rig)).attempts;
    };
    await rig.land('dev: v2', to('dev', 'v2'));
    await calm(rig);
    expect(rig.served('prod')).toBe('v1');
    expect(await viewOf(rig)).toMatchObject({
      would: 'promote',
      release: 'v2',
      source: 'dev',
      next: '2026-10-25T01:00:00.000Z',
      attempts: [],
    });
    clock.advance(41 * 60_000);
    expect(await attempts(1)).toMatchObject([
      { moment: '2026-10-25T01:00:00.000Z', did: 'promoted', release: 'v2' },
    ]);
    expect(rig.served('prod')).toBe('v2');
    const message = await rig.repo.git('log', '-1', '--format=%B', 'main', '--', 'environments/prod.yaml');
    expect(message).toContain('promote(prod): v1 -> v2');
    expect(message).toContain('Stk-Actor: hub/auto');
    expect(message).toContain('Stk-Scheduled: 2026-10-25T01:00:00.000Z');
    expect(message).toMatch(/^Stk-Decided-On: [0-9a-f]{40}$/m);

    // A freeze at the moment: the moment is over, and the end of the freeze promotes nothing.
    await rig.land('freeze', freeze);
    await rig.land('dev: v3', to('dev', 'v3'));
    clock.advance(hour);
    const [frozen] = await attempts(2);
    expect(frozen).toMatchObject({ did: 'waited', release: 'v3' });
    expect(frozen?.sentence).toContain('Frozen by fair');
    await rig.land('unfreeze', thaw);
    await calm(rig);
    expect(rig.served('prod')).toBe('v2');
    expect((await viewOf(rig)).would).toBe('promote');

    // Five moments pass while the Hub is down.
    await rig.stop();
    clock.advance(5 * hour);
    rig = await rig.restart(create);
    expect((await attempts(3))[0]).toMatchObject({
      moment: '2026-10-25T07:00:00.000Z',
      did: 'promoted',
      release: 'v3',
    });
    expect((await viewOf(rig)).next).toBe('2026-10-25T08:00:00.000Z');
    expect(rig.served('prod')).toBe('v3');
    clock.advance(hour);
    expect((await attempts(4))[0]).toMatchObject({ moment: '2026-10-25T08:00:00.000Z', did: 'nothing' });
    await rig.stop();
    rig = await rig.restart(create);
    await calm(rig);
    expect((await viewOf(rig)).attempts).toHaveLength(4);
  });
});

/** All hours of a year, or those around a change of the clock. */
const year = {
  hours: repeats(30, 8_760),
  begin: repeats(Date.UTC(2026, 9, 24, 12, 20), Date.UTC(2026, 0, 1, 0, 20)),
};

it(
  `decides each of ${year.hours} hours once, whatever the clocks on the wall do, and says why`,
  async () => {
    const hour = 3_600_000;
    const clock = createMovedClock(year.begin);
    const schedule = { cron: '0 * * * *', timeZone: 'Europe/Berlin' };
    const rig = await createRig({ files: aRepo({ when: 'schedule', schedule }), clock });
    await viewOf(rig);
    const decided: unknown[] = [];
    const expected: unknown[] = [];
    let read = 0;
    for (let n = 1; n <= year.hours; n += 1) {
      clock.advance(hour);
      const moment = new Date(Math.floor((year.begin + n * hour) / hour) * hour).toISOString();
      expected.push({ environment: 'prod', moment, release: null, why: 'prod serves v1 already.' });
      await rig.until(() => {
        const fresh = rig.logged.slice(read);
        read = rig.logged.length;
        decided.push(
          ...fresh.flatMap(({ message, fields }) =>
            message === 'a scheduled promotion was decided' ? [fields] : [],
          ),
        );
        return decided.length >= n;
      });
    }
    expect(decided).toEqual(expected);
  },
  repeats(120_000, 3_600_000),
);

describe('a person who decides at the same time', () => {
  type When = 'judged' | 'committed' | 'served';
  const files = {
    freeze,
    hold: (release: string) => ({
      'environments/prod.yaml': `${aPointer(release)}hold: { reason: wait for the fair }\n`,
    }),
  };

  it('wins before the commit and after it; what was left by a rollback never comes again by itself', async () => {
    /** Runs once: after the promotion was judged, or after it was committed and before the Hub reads it. */
    const act: Partial<Record<When, () => Promise<unknown>>> = {};
    const once = async (when: When): Promise<void> => {
      const action = act[when];
      delete act[when];
      await action?.();
    };
    const create = { files: aRepo({ when: 'gates' }, 12) };
    /** The Hub reads the ref only before and after that. */
    let committing: Promise<void> = Promise.resolve();
    let rig: Rig;
    const opened = async (): Promise<ConfigRepo> => {
      const repo = await openRigRepo(rig.repo, rig.stateDirectory);
      return new Proxy(repo, {
        get(target, key): unknown {
          const member: unknown = Reflect.get(target, key, target);
          if (typeof member !== 'function') return member;
          if (key === 'resolve')
            return async () => {
              await committing;
              return target.resolve();
            };
          if (key !== 'commitFiles')
            return (...args: unknown[]): unknown => Reflect.apply(member, target, args);
          return async (...args: Parameters<ConfigRepo['commitFiles']>) => {
            let done = (): void => undefined;
            committing = new Promise((resolve) => (done = resolve));
            try {
              await once('judged');
              const outcome = await target.commitFiles(...args);
              await once('committed');
              return outcome;
            } finally {
              done();
            }
          };
        },
      });
    };
    rig = await createRig({ ...create, isUnstarted: true });
    rig = await rig.restart({ openRepo: opened });

    let serving = 1;
    /** dev moves on; a person commits at that moment; then the traces of it are taken away. */
    const meet = async (
      when: When,
      what: (before: string, after: string) => Readonly<Record<string, string | undefined>>,
      message = 'a person',
    ) => {
      const [before, after] = [`v${serving}`, `v${serving + 1}`];
      const commit = () => rig.repo.commit(message, what(before, after));
      if (when !== 'served') act[when] = commit;
      await rig.land(`dev: ${after}`, to('dev', after));
      await calm(rig);
      expect(act[when]).toBeUndefined();
      if (when === 'served') {
        await commit();
        await calm(rig);
      }
      const { would, sentence } = await viewOf(rig);
      return { served: rig.served('prod'), named: await namedBy(rig), would, sentence, before, after };
    };
    const clear = async (changes: Readonly<Record<string, string | undefined>>): Promise<void> => {
      await rig.land('clear', changes);
      await calm(rig);
      serving = Number(rig.served('prod')?.slice(1));
    };

    // Before the commit: it is dropped, and what stands then is judged anew.
    let met = await meet('judged', () => files.freeze);
    expect(met).toMatchObject({ served: met.before, named: aPointer('v1').trim(), would: 'wait' });
    expect(met.sentence).toContain('Frozen by fair');
    await clear(thaw);
    expect(serving).toBe(2);
    met = await meet('judged', (before) => files.hold(before));
    expect(met).toMatchObject({ served: met.before, sentence: 'Automation is held: wait for the fair' });
    await clear(to('prod', met.before));
    expect(serving).toBe(3);
    met = await meet('judged', (_, after) => ({ [`vetoes/${after}.yaml`]: `veto: ${after}\nreason: bad\n` }));
    expect(met).toMatchObject({ served: met.before, would: 'wait' });
    expect(met.sentence).toContain('vetoed');
    await clear({ [`vetoes/${met.after}.yaml`]: undefined });
    expect(serving).toBe(4);
    met = await meet('judged', () => ({ 'environments/prod.yaml': aPointer('v12') }));
    // It waits for its gate, and the Hub leaves it alone.
    expect(met).toMatchObject({ served: 'v4', named: aPointer('v12').trim(), would: 'wait' });
    expect(met.sentence).toBe('The pointer names v12, which is not served: that decision stands.');
    await clear(to('prod', 'v5'));
    expect(serving).toBe(5);

    // Committed and not served yet: admission reads the tip.
    met = await meet('committed', () => files.freeze);
    expect(met).toMatchObject({ served: met.before, named: aPointer(met.after).trim() });
    await clear(thaw);
    expect(serving).toBe(6);
    met = await meet('committed', (_, after) => files.hold(after));
    expect(met.served).toBe(met.before);
    expect(rig.condition('prod', 'Admitted')).toMatchObject({ status: 'False', reason: 'Held' });
    await clear(to('prod', met.after));
    expect(serving).toBe(7);
    met = await meet('committed', (_, after) => ({
      [`vetoes/${after}.yaml`]: `veto: ${after}\nreason: bad\n`,
    }));
    expect(met.served).toBe(met.before);
    expect(rig.condition('prod', 'Admitted')).toMatchObject({ status: 'False', reason: 'Vetoed' });
    await clear({ [`vetoes/${met.after}.yaml`]: undefined });
    expect(serving).toBe(8);
    // A plain revert of what was never served.
    met = await meet('committed', (before) => to('prod', before));
    expect(met).toMatchObject({ served: 'v8', named: aPointer('v8').trim(), would: 'wait' });
    expect(met.sentence).toBe('prod left v9 by a rollback: a person promotes it again.');

    // Served: it stays but for a rollback, and the rollback stays, too.
    await clear(to('dev', 'v10'));
    expect(serving).toBe(10);
    await rig.land('freeze and veto', {
      ...files.freeze,
      'vetoes/v10.yaml': 'veto: v10\nreason: too late\n',
    });
    await calm(rig);
    expect(rig.served('prod')).toBe('v10');
    await clear({ ...thaw, 'vetoes/v10.yaml': undefined });
    met = await meet(
      'served',
      (before) => files.hold(before),
      'rollback(prod): v11 -> v10\n\nStk-Action: rollback\n',
    );
    expect(met).toMatchObject({ served: 'v10', sentence: 'Automation is held: wait for the fair' });
    await clear(to('prod', 'v10'));
    expect(rig.served('prod')).toBe('v10');
    expect((await viewOf(rig)).sentence).toBe('prod left v11 by a rollback: a person promotes it again.');
    // A person promotes it there, and leaves it by a promotion: no rollback stands against it any more.
    await clear(to('prod', 'v11'));
    expect(rig.served('prod')).toBe('v11');
    expect((await viewOf(rig)).would).toBe('nothing');
  });
});

describe('what another Hub serves in from', () => {
  it('is promoted as if it were served here, and nothing is while that Hub does not answer', async () => {
    const auto = { when: 'gates' };
    const rig = await createRig({ files: aRepo(auto), only: ['dev'] });
    const hub = await startTestHub(rig.reconciler);
    const { 'stk.yaml': named } = aRepo(auto, 3, {}, { hub: hub.url });
    await rig.land('the Hub of dev', { 'stk.yaml': named });
    const other = await rig.another({ only: ['prod'] });
    await rig.land('dev: v2', to('dev', 'v2'));
    await calm(other);
    expect(other.served('prod')).toBe('v2');
    await hub.close();
    await rig.land('dev: v3', to('dev', 'v3'));
    await calm(other);
    expect(other.served('prod')).toBe('v2');
    expect((await viewOf(other)).sentence).toMatch(
      /^The environments in "from" cannot be asked now: .*did not answer/,
    );
  });
});

describe('the newest release', () => {
  it('that passes is taken, without from, and no hotfix of another environment', async () => {
    const fresh = (id: string) => ({ [`releases/${id}.yaml`]: aConstantRelease(id) });
    const environments = {
      legacy: { database: rigDatabase('dev'), gates: { ok: { expression: 'true' } } },
      prod: {
        database: rigDatabase('prod'),
        auto: { when: 'gates', choose: 'newest' },
        gates: { good: { expression: 'release.id != "v3"' } },
      },
    };
    const rig = await createRig({
      files: {
        'stk.yaml': aRigProject({ environments }),
        ...to('legacy', 'v1'),
        ...to('prod', 'v1'),
        ...fresh('v1'),
      },
    });
    await rig.repo.commit('cut v2', fresh('v2'));
    await rig.land('cut v3', fresh('v3'));
    await calm(rig);
    expect(rig.served('prod')).toBe('v2');
    expect(await viewOf(rig)).toMatchObject({ would: 'wait', release: 'v3', choose: 'newest' });
    await rig.land('hotfix of legacy', {
      ...fresh('v4'),
      'environments/legacy.yaml': `${aPointer('v4')}hotfix: { reason: at once }\n`,
    });
    await calm(rig);
    expect(rig.served('prod')).toBe('v2');
    expect((await viewOf(rig)).sentence).toBe('v4 is a hotfix of legacy: a person promotes it to prod.');
    await rig.land('cut v5', fresh('v5'));
    await calm(rig);
    expect(rig.served('prod')).toBe('v5');
    await rig.land('dev goes back', to('prod', 'v2'));
    await calm(rig);
    expect(rig.served('prod')).toBe('v2');
    expect((await viewOf(rig)).sentence).toBe('prod left v5 by a rollback: a person promotes it again.');
  });
});
