// What it takes to look at 100 canaries once: every gate that the Hub counts for itself, on traffic as the simulation
// draws it. What is measured is processor time, since a look keeps the Hub's one thread from answering calls.
import { look } from '../../src/analysis/look.ts';
import { startState, type AnalysisState } from '../../src/analysis/state.ts';
import type { Sample } from '../../src/analysis/sample.ts';
import type { Scenario } from '../scenario.ts';
import { seeded } from '../simulation/random.ts';
import { gates, policyOf } from '../simulation/run-canary.ts';
import { lookMs, makeTraffic } from '../simulation/traffic.ts';
import { medianOf } from '../statistics.ts';

const canaries = 100;
const most = 20;
/** Looks before the first that is measured: ten minutes, so that every canary is warm and has counted. */
const before = 60;
const rates = [5, 20, 100, 500] as const;

const policy = policyOf([gates.errors, gates.refusals, gates.latency, gates.availability]);

interface Canary {
  readonly state: AnalysisState;
  readonly next: (ms: number) => Sample;
}

function startCanary(seed: number): Canary {
  const rate = rates[seed % rates.length] ?? 5;
  const sampleAt = makeTraffic(seeded(seed), { rate, base: 0.001, slowdown: 1 });
  return { state: startState(policy), next: (ms) => sampleAt(ms, 10) };
}

export const canaryLook: Scenario = {
  name: 'canary-look',
  title:
    'Processor time of one look at 100 canaries of 5 to 500 calls a second, each with four gates (errors, refusals, p99, availability), ten minutes after their start.',
  run: ({ isQuick }) => {
    const all = Array.from({ length: canaries }, (_, seed) => startCanary(seed));
    const samples: number[] = [];
    const rounds = before + (isQuick ? 5 : 50);
    for (let round = 0; round < rounds; round += 1) {
      const drawn = all.map(({ state, next }) => ({ state, sample: next(round * lookMs) }));
      const started = process.cpuUsage();
      for (const { state, sample } of drawn) look(policy, state, sample);
      const { user, system } = process.cpuUsage(started);
      if (round >= before) samples.push((user + system) / 1000);
    }
    const counted = all.filter(({ state }) => state.isWarm).length;
    if (counted !== canaries) throw new Error(`${counted} of ${canaries} canaries are warm`);
    const aim = { text: `≤ ${most} ms`, isMet: medianOf(samples) <= most };
    return Promise.resolve([{ what: 'one look at 100 canaries', samples, unit: 'ms', aim }]);
  },
};
