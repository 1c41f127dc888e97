// How often the gate `evaluation` lets a model pass: two models that are evaluated on set after set, as CI would record it.
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import type { Gate } from '../../src/model/pipeline/gate.ts';
import type { Counting, GateFacts } from '../../src/model/pipeline/gate-facts.ts';
import type { EvaluationRecord } from '../../src/model/pipeline/record.ts';
import { seeded } from './random.ts';

export interface TwoModels {
  /** True mean of the next model minus that of the stable one. */
  readonly difference: number;
  /** Standard deviation of the difference of one case. */
  readonly deviation: number;
  /** Cases of a set. */
  readonly cases: number;
  readonly sets: number;
  /** The same set each time, drawn anew: as if an evaluation were repeated until it pleases. */
  readonly isSameSet?: boolean;
}

const margin = -0.02;
const digest = 'd'.repeat(40);

function readGate(): Gate {
  const text = `project: p
environments:
  next: { database: { embedded: true } }
  stable:
    database: { embedded: true }
    from: next
    gates: { eval: { evaluation: { name: ai-eval, against: stable, margin: ${margin} } } }
`;
  const parsed = parseProject(text, { file: 'stk.yaml', gateKinds });
  const gate = parsed.ok ? parsed.value.pipeline.environments.get('stable')?.gates[0] : undefined;
  if (gate === undefined) throw new Error('the simulation has no gate');
  return gate;
}

/** Per cent of `runs` pairs of models in which the gate lets the next one pass, on any of its sets. */
export function promotedShare(models: TwoModels, runs: number, seed: number): number {
  const gate = readGate();
  let passed = 0;
  for (let run = 0; run < runs; run += 1)
    if (gate.evaluate(factsOf(models, seed + run)).verdict === 'pass') passed += 1;
  return (100 * passed) / runs;
}

function factsOf({ difference, deviation, cases, sets, isSameSet }: TwoModels, seed: number): GateFacts {
  const random = seeded(seed);
  const own: Counting<EvaluationRecord>[] = [];
  const other: Counting<EvaluationRecord>[] = [];
  for (let n = 0; n < sets; n += 1) {
    const set = isSameSet === true ? 'set' : `set-${n}`;
    const theirs = new Map<string, number>();
    const mine = new Map<string, number>();
    for (let id = 0; id < cases; id += 1) {
      const score = 0.8 + 0.1 * random.normal();
      theirs.set(`case-${id}`, score);
      mine.set(`case-${id}`, score + difference + deviation * random.normal());
    }
    own.push(recordOf('v2', set, mine));
    other.push(recordOf('v1', set, theirs));
  }
  const known = { known: true, value: { release: 'v1', evaluations: other } } as const;
  return {
    now: 0,
    environment: 'stable',
    release: { id: 'v2', digest, ref: '', createdAt: '', notes: '', authors: [] },
    moveAuthors: [],
    evidence: { known: true, value: { checks: [], judgements: [] } },
    sources: [],
    evaluations: { known: true, value: { own, against: new Map([['stable', known]]) } },
  };
}

function recordOf(release: string, set: string, scores: Map<string, number>): Counting<EvaluationRecord> {
  const mean = [...scores.values()].reduce((sum, score) => sum + score, 0) / scores.size;
  const about = { record: 'evaluation', release, digest, at: 0, by: 'ci@example.com' } as const;
  return {
    path: `${release}/${set}`,
    record: { ...about, name: 'ai-eval', set, mean, cases: scores.size, scores },
  };
}
