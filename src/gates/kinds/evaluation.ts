// Gate `evaluation`: this release scores no worse than what another environment serves, case by case, and well enough
// by itself. Each set of cases is one attempt, in the order of this release's first evaluations.
import { compareMeans, comparePaired, type PairedComparison } from '../../analysis/paired-evaluation.ts';
import { mapOf, numberOf, textOf } from '../../documents/yaml/tree-reader.ts';
import { idSyntax } from '../../kernel/ids.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { ComparedEvaluations, Counting, GateFacts } from '../../model/pipeline/gate-facts.ts';
import type { EvaluationRecord } from '../../model/pipeline/record.ts';
import { defineGateKind } from '../define-gate-kind.ts';

interface EvaluationConfig {
  readonly name: string;
  /** The environment whose release it is compared with; `undefined` when there is no comparison. */
  readonly against: string | undefined;
  readonly margin: number;
  readonly atLeast: number | undefined;
}

const defaultMargin = -0.02;
type Evaluation = Counting<EvaluationRecord>;

export const evaluationKind = defineGateKind<EvaluationConfig>({
  kind: 'evaluation',
  inHotfix: false,
  schema: {
    type: 'object',
    description:
      'scores of an evaluation, such as { name: ai-eval, against: stable, margin: -0.02, atLeast: 0.8 }',
    properties: {
      name: {
        type: 'string',
        pattern: idSyntax,
        description: 'the name of an evaluation that `stk evidence eval` records',
      },
      against: { type: 'string', description: 'the environment whose release it is compared with' },
      margin: { type: 'number', description: 'the worst difference of the means; default -0.02' },
      atLeast: { type: 'number', description: 'the lowest mean' },
    },
    required: ['name'],
    additionalProperties: false,
  },
  read: (entry, { environments, report }) => {
    const settings = mapOf(entry, 'evaluation');
    const against = textOf(settings, 'against');
    const atLeast = numberOf(settings, 'atLeast');
    if (against === undefined && atLeast === undefined)
      report('/evaluation', 'an evaluation needs "against" or "atLeast": otherwise every score passes');
    if (against !== undefined && !environments.includes(against))
      report('/evaluation/against', `there is no environment "${against}"${suggest(against, environments)}`);
    if (against === undefined && numberOf(settings, 'margin') !== undefined)
      report('/evaluation/margin', '"margin" needs "against": it is a difference to another release');
    return {
      name: textOf(settings, 'name') ?? '',
      against,
      margin: numberOf(settings, 'margin') ?? defaultMargin,
      atLeast,
    };
  },
  evaluate: evaluateScores,
});

/** The environment that a gate of this kind compares with; `undefined` when it names none. */
export function comparedWith(settings: unknown): string | undefined {
  if (typeof settings !== 'object' || settings === null || !('evaluation' in settings)) return undefined;
  const { evaluation } = settings;
  if (typeof evaluation !== 'object' || evaluation === null || !('against' in evaluation)) return undefined;
  return typeof evaluation.against === 'string' ? evaluation.against : undefined;
}

function evaluateScores(config: EvaluationConfig, facts: GateFacts): GateAnswer {
  const { name, against, margin, atLeast } = config;
  const { evaluations, release } = facts;
  const unread = (why: string): GateAnswer => ({ verdict: 'error', sentence: `${why}.`, evidence: [] });
  if (evaluations === undefined || !evaluations.known)
    return unread(`The evaluations cannot be read: ${evaluations?.why ?? 'they were not requested'}`);
  const help = `stk evidence eval --release ${release.id} --name ${name} --set SET --scores FILE.jsonl`;
  const own = firstOfEachSet(evaluations.value.own, name);
  const newest = own.at(-1);
  if (newest === undefined)
    return {
      verdict: 'pending',
      sentence: `No evaluation "${name}" of ${release.id} is recorded.`,
      evidence: [],
      help,
    };
  const { mean, set } = newest.record;
  if (atLeast !== undefined && mean < atLeast) {
    const sentence = `The mean of "${name}" on the set ${set} is ${mean}; at least ${atLeast} is required.`;
    return { verdict: 'fail', sentence, evidence: [newest.path], help };
  }
  if (against === undefined) {
    const sentence = `The mean of "${name}" on the set ${set} is ${mean}.`;
    return { verdict: 'pass', sentence, evidence: [newest.path] };
  }
  const other = evaluations.value.against.get(against);
  if (other === undefined || !other.known)
    return unread(`What ${against} serves cannot be read: ${other?.why ?? 'it was not requested'}`);
  if (other.value === null || other.value.release === release.id) {
    const served = other.value === null ? 'nothing' : `${release.id} itself`;
    const sentence = `${against} serves ${served}, so nothing is compared; the mean of "${name}" is ${mean}.`;
    return { verdict: 'pass', sentence, evidence: [newest.path] };
  }
  return compareSets(own, other.value, { name, against, margin, help });
}

interface AskedEvaluation {
  readonly name: string;
  readonly against: string;
  readonly margin: number;
  readonly help: string;
}

/** Passes with the first set whose comparison passes. Otherwise the newest set explains what is wrong. */
function compareSets(
  own: readonly Evaluation[],
  other: ComparedEvaluations,
  asked: AskedEvaluation,
): GateAnswer {
  const { name, against, help } = asked;
  const theirs = new Map(firstOfEachSet(other.evaluations, name).map((one) => [one.record.set, one]));
  let said: GateAnswer | undefined;
  for (const [at, mine] of own.entries()) {
    const { set } = mine.record;
    const their = theirs.get(set);
    if (their === undefined) {
      const sentence = `${other.release}, which ${against} serves, has no evaluation "${name}" on the set ${set}.`;
      const helpThere = `stk evidence eval --release ${other.release} --name ${name} --set ${set} --scores FILE.jsonl`;
      said = { verdict: 'pending', sentence, evidence: [mine.path], help: helpThere };
      continue;
    }
    const comparison = compare(mine.record, their.record, asked.margin, at + 1);
    const sentence = describe(comparison, { set, other, asked });
    const evidence = [mine.path, their.path];
    if (comparison.verdict === 'PASS') return { verdict: 'pass', sentence, evidence };
    const verdict = comparison.verdict === 'FAIL' ? 'fail' : 'pending';
    said = { verdict, sentence, evidence, help };
  }
  return said ?? { verdict: 'pending', sentence: `No evaluation "${name}" is recorded.`, evidence: [], help };
}

function compare(
  mine: EvaluationRecord,
  their: EvaluationRecord,
  margin: number,
  attempt: number,
): PairedComparison {
  if (mine.scores === undefined || their.scores === undefined)
    return compareMeans(mine.mean, their.mean, margin);
  return comparePaired(Object.fromEntries(mine.scores), Object.fromEntries(their.scores), margin, attempt);
}

function describe(
  { verdict, cases, difference, lower, isPaired }: PairedComparison,
  {
    set,
    other,
    asked: { against, margin },
  }: { readonly set: string; readonly other: ComparedEvaluations; readonly asked: AskedEvaluation },
): string {
  const versus = `${other.release}, which ${against} serves`;
  if (verdict === 'NO_DATA')
    return `On the set ${set}, ${cases} cases have a score for both this release and ${versus}. Every case needs both, and there must be at least 20.`;
  const amount = show(difference);
  if (!isPaired)
    return `On the set ${set} the mean differs by ${amount} from ${versus}; at least ${margin} is required. The scores are unpaired, so this comparison does not account for chance.`;
  const bound = `over ${cases} paired cases; the lower bound is ${show(lower)}, and more than ${margin} is required`;
  const end = verdict === 'INCONCLUSIVE' ? ' The set is too small to tell: evaluate both on a new set.' : '';
  return `On the set ${set} the mean differs by ${amount} from ${versus}, ${bound}.${end}`;
}

function show(value: number | null): string {
  return value === null ? 'nothing' : `${value < 0 ? '' : '+'}${value.toFixed(4)}`;
}

/** Evaluating again on the same set is no new evidence: the first record counts. */
export function firstOfEachSet(
  evaluations: readonly Counting<EvaluationRecord>[],
  name: string,
): readonly Counting<EvaluationRecord>[] {
  const sets = new Map<string, Evaluation>();
  for (const one of evaluations)
    if (one.record.name === name && !sets.has(one.record.set)) sets.set(one.record.set, one);
  return [...sets.values()];
}
