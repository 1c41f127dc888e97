// The facts for gates of the kind `evaluation`: the evaluations of a content and of what other environments serve.
import type { Content } from '../../../gates/admission/admission-facts.ts';
import { firstOfEachSet } from '../../../gates/kinds/evaluation.ts';
import { asStkError } from '../../../kernel/errors.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import { countingRules } from '../../../ledger/records/counting-rules.ts';
import { countingOf } from '../../../ledger/records/fold-records.ts';
import type { CountingRules } from '../../../ledger/records/judge-record.ts';
import type {
  ComparedEvaluations,
  Counting,
  EvaluationFacts,
  Known,
} from '../../../model/pipeline/gate-facts.ts';
import type { Pipeline } from '../../../model/pipeline/pipeline.ts';
import type { Project } from '../../../model/project.ts';
import type { EvaluationRecord } from '../../../model/pipeline/record.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../log.ts';
import type { AskHub } from '../ask-hub.ts';

export interface EvaluationFactsRequest {
  readonly ledger: Ledger;
  readonly pipeline: Pipeline;
  readonly rules: CountingRules;
  readonly content: Content;
  /** `null` when the environment serves nothing; `undefined` when another Hub serves it. */
  servedHere(environment: string): Content | null | undefined;
  readonly askHub: AskHub;
}

export async function readEvaluationFacts(
  request: EvaluationFactsRequest,
  environments: readonly string[],
): Promise<Known<EvaluationFacts>> {
  try {
    const [own, entries] = await Promise.all([
      evaluationsOf(request, request.content),
      Promise.all(environments.map(async (name) => [name, await readOther(request, name)] as const)),
    ]);
    return { known: true, value: { own, against: new Map(entries) } };
  } catch (thrown) {
    return { known: false, why: asStkError(thrown).message };
  }
}

async function readOther(
  request: EvaluationFactsRequest,
  environment: string,
): Promise<Known<ComparedEvaluations | null>> {
  try {
    const here = request.servedHere(environment);
    const served = here === undefined ? await askOther(request, environment) : here;
    if (served === null) return { known: true, value: null };
    const evaluations = await evaluationsOf(request, served);
    return { known: true, value: { release: served.release, evaluations } };
  } catch (thrown) {
    return { known: false, why: asStkError(thrown).message };
  }
}

async function askOther(
  { askHub, pipeline }: EvaluationFactsRequest,
  environment: string,
): Promise<Content | null> {
  const { release, digest } = await askHub(environment, pipeline.environments.get(environment)?.hub);
  if (release === undefined) return null;
  if (digest === undefined)
    throw new Error(`the Hub of ${environment} did not report which content it serves`);
  return { release, digest };
}

async function evaluationsOf(
  { ledger, rules }: EvaluationFactsRequest,
  { release, digest }: Content,
): Promise<readonly Counting<EvaluationRecord>[]> {
  return countingOf(await ledger.recordsOf(release, rules), 'evaluation', digest);
}

export interface EvaluationScore {
  readonly release: string;
  /** Name of the evaluation. */
  readonly name: string;
  /** On the newest set. */
  readonly mean: number;
}

/** The newest score of a content in each evaluation; empty when they cannot be read, which is logged. */
export async function readScores(
  { ledger, project }: { readonly ledger: Ledger; readonly project: Project },
  { release, digest }: Content,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<readonly EvaluationScore[]> {
  try {
    const judged = await ledger.recordsOf(release, countingRules(project.pipeline, clock.now()));
    const all = countingOf(judged, 'evaluation', digest);
    const names = new Set(all.map(({ record }) => record.name));
    return [...names].flatMap((name) => {
      const newest = firstOfEachSet(all, name).at(-1);
      return newest === undefined ? [] : [{ release, name, mean: newest.record.mean }];
    });
  } catch (thrown) {
    log.warn({ release, problem: asStkError(thrown).message }, 'the scores of evaluations cannot be read');
    return [];
  }
}
