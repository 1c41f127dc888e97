// What a Hub keeps in memory to count and to judge one canary: the counters of both arms and the state of the analysis, after
// an hour of calls.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { look } from '../../src/analysis/look.ts';
import { startState, type AnalysisState } from '../../src/analysis/state.ts';
import type { ArmSample } from '../../src/analysis/sample.ts';
import { ArmCounter } from '../../src/serving/arm-counter.ts';
import type { Scenario } from '../scenario.ts';
import { seeded } from '../simulation/random.ts';
import { gates, policyOf } from '../simulation/run-canary.ts';
import { lookMs } from '../simulation/traffic.ts';

const canaries = 50;
const mostKiB = 256;
const callsEachLook = 200;

interface Counted {
  readonly canary: ArmCounter;
  readonly stable: ArmCounter;
  readonly state: AnalysisState;
}

const policy = policyOf([gates.errors, gates.refusals, gates.latency, gates.availability]);

function countHour(counted: Counted, looks: number, random: () => number): void {
  const { canary, stable, state } = counted;
  const fill = (counter: ArmCounter): ArmSample => {
    for (let call = 0; call < callsEachLook; call += 1) {
      const end = random() < 0.01 ? 'error' : 'ok';
      counter.add({
        end,
        ms: end === 'ok' ? 0.3 * 200_000 ** random() : undefined,
        group: Math.floor(random() * 64),
      });
    }
    return counter.take(true);
  };
  for (let at = 0; at < looks; at += 1) {
    const sample = {
      canary: fill(canary),
      stable: fill(stable),
      probes: null,
      metrics: {},
      isSourceUp: true,
    };
    look(policy, state, { ...sample, at: at * lookMs, elapsedMs: lookMs });
  }
}

function heldBytes(collect: () => void): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** KiB of one canary. In a function of its own, so that nothing of it is left for the next. */
function measure(collect: () => void, looks: number, seed: number): number {
  const { uniform } = seeded(seed);
  const before = heldBytes(collect);
  const all = Array.from({ length: canaries }, (): Counted => ({
    canary: new ArmCounter(),
    stable: new ArmCounter(),
    state: startState(policy),
  }));
  for (const one of all) countHour(one, looks, uniform);
  const kibibytes = (heldBytes(collect) - before) / canaries / 1024;
  if (all.some(({ state }) => !state.isWarm)) throw new Error('a canary has not counted');
  return kibibytes;
}

export const canaryMemory: Scenario = {
  name: 'canary-memory',
  title: 'Memory of the counters and of the analysis of one canary, after an hour of calls in every bucket.',
  run: ({ isQuick }) => {
    setFlagsFromString('--expose-gc');
    const gc: unknown = runInNewContext('gc');
    if (typeof gc !== 'function') throw new Error('the memory cannot be collected');
    const collect = (): void => void Reflect.apply(gc, undefined, []);
    const looks = isQuick ? 60 : 360;
    const samples = Array.from({ length: isQuick ? 3 : 10 }, (_, seed) => measure(collect, looks, seed));
    const aim = { text: `≤ ${mostKiB} KiB`, isMet: Math.max(...samples) <= mostKiB };
    return Promise.resolve([{ what: 'one canary', samples, unit: 'KiB', aim }]);
  },
};
