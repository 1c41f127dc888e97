// The policy of one environment for admission, from the project.
import { analysisGate, analysisGateName } from '../kinds/analysis.ts';
import { fromGate } from '../kinds/from.ts';
import type { FreezePolicy, HotfixPolicy, Pipeline } from '../../model/pipeline/pipeline.ts';
import type { Gate } from '../../model/pipeline/gate.ts';
import type { People } from '../../model/pipeline/people.ts';

export interface AdmissionPolicy {
  readonly environment: string;
  /** The environment that this canary shares calls with; `undefined` when it is not a canary. */
  readonly of: string | undefined;
  /** Implied gates first. Empty when the environment has neither `from` nor gates. */
  readonly gates: readonly Gate[];
  readonly people: People | undefined;
  readonly hotfix: HotfixPolicy;
  readonly freeze: FreezePolicy;
}

/** `undefined` when the project does not have the environment. */
export function admissionPolicyOf(pipeline: Pipeline, environment: string): AdmissionPolicy | undefined {
  const policy = pipeline.environments.get(environment);
  if (policy === undefined) return undefined;
  const { from, gates } = policy;
  const { people, hotfix, freeze } = pipeline;
  const implied = from.length === 0 ? [] : [fromGate(from)];
  const isAfterCanary = canaryAmong(pipeline, from) !== undefined;
  if (isAfterCanary && !gates.some(({ kind }) => kind === analysisGateName))
    implied.push(analysisGate(people));
  const of = policy.canary?.of;
  return { environment, of, gates: [...implied, ...gates], people, hotfix, freeze };
}

/** The environment of `from` that is a canary; `undefined` when none is. */
export function canaryAmong(pipeline: Pipeline, from: readonly string[]): string | undefined {
  return from.find((name) => pipeline.environments.get(name)?.canary !== undefined);
}
