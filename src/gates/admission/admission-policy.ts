// The policy of one environment, as admission takes it from the project.
import { fromGate } from '../kinds/from.ts';
import type { FreezePolicy, HotfixPolicy, Pipeline } from '../../model/pipeline.ts';
import type { Gate } from '../../model/gate.ts';
import type { People } from '../../model/people.ts';

export interface AdmissionPolicy {
  readonly environment: string;
  /** The implied `from` first. Empty: the environment has neither `from` nor gates. */
  readonly gates: readonly Gate[];
  readonly people: People | undefined;
  readonly hotfix: HotfixPolicy;
  readonly freeze: FreezePolicy;
}

/** Undefined: the project has no such environment. */
export function admissionPolicyOf(pipeline: Pipeline, environment: string): AdmissionPolicy | undefined {
  const policy = pipeline.environments.get(environment);
  if (policy === undefined) return undefined;
  const { from, gates } = policy;
  const { people, hotfix, freeze } = pipeline;
  const implied = from.length === 0 ? [] : [fromGate(from)];
  return { environment, gates: [...implied, ...gates], people, hotfix, freeze };
}
