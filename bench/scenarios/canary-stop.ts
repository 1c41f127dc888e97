// From a look whose calls show that a canary fails until this Hub sends it no call any more: the verdict, the decision on the
// disk, and the share that is taken away.
import { join } from 'node:path';
import { CanaryKeeper, type GatheredFacts } from '../../src/reconciler/canary/canary-keeper.ts';
import { CanaryStore } from '../../src/reconciler/canary/canary-store.ts';
import type { Scenario } from '../scenario.ts';
import { gates, policyOf } from '../simulation/run-canary.ts';

const most = 50;
const policy = policyOf([gates.errors, gates.refusals, gates.latency, gates.availability]);
const content = (release: string) => ({ release, digest: release.repeat(20) });
const calls = (count: number, errors: number) => ({
  calls: count,
  errors,
  refusals: 0,
  trailingErrors: errors,
  latency: [],
  callers: null,
});

export const canaryStop: Scenario = {
  name: 'canary-stop',
  title:
    'From the look at which every call of a canary has failed until this Hub sends it no call, the decision stored first.',
  run: async ({ directory, isQuick }) => {
    const store = new CanaryStore(join(directory, 'canaries'));
    const samples: number[] = [];
    for (let round = 0; round < (isQuick ? 10 : 100); round += 1) {
      const environment = `canary${round}`;
      const facts: GatheredFacts = {
        now: round,
        isLeader: true,
        stable: content('r2'),
        pointer: {
          revision: `${round}`.padStart(40, '0'),
          blob: 'b',
          content: content('r3'),
          isNewer: true,
          isReturn: false,
        },
        blocked: undefined,
        stopped: undefined,
        drift: undefined,
        steps: [],
      };
      let stoppedAt: number | undefined;
      const keeper = new CanaryKeeper(environment, {
        store,
        log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
        plan: () => ({
          environment,
          of: 'production',
          weights: [10],
          policy,
          source: { kind: 'hub' },
          hasOtherHubs: false,
        }),
        facts: () => Promise.resolve(facts),
        setShare: (canary) => {
          stoppedAt = canary === undefined ? performance.now() : undefined;
        },
        take: () =>
          Promise.resolve({
            canary: calls(200, 200),
            stable: calls(1800, 0),
            probes: null,
            metrics: {},
            isSourceUp: true,
          }),
        tell: () => Promise.resolve(),
        goBack: () => Promise.resolve(),
        changed: () => {},
      });
      await keeper.observe();
      const started = performance.now();
      await keeper.look(10_000);
      if (stoppedAt === undefined) throw new Error('the canary still gets calls');
      samples.push(stoppedAt - started);
    }
    const worst = [...samples].sort((a, b) => a - b)[Math.floor(samples.length * 0.99)] ?? Infinity;
    const aim = { text: `p99 ≤ ${most} ms`, isMet: worst <= most };
    return [{ what: 'look to no call', samples, unit: 'ms', aim }];
  },
};
