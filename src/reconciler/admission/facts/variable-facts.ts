// Which environment variables a move needs, and which of them are set for this Hub. Does not keep values.
import type { VariableFacts } from '../../../model/pipeline/gate-facts.ts';
import type { Gate } from '../../../model/pipeline/gate.ts';
import { listedVariables, smokeVariables, variablesOf } from '../../../model/named-variables.ts';
import type { Project } from '../../../model/project.ts';
import type { Release } from '../../../model/release.ts';

export interface VariableQuestion {
  readonly project: Project;
  readonly release: Release;
  /** Of the environment. */
  readonly gates: readonly Gate[];
  /** As {@link AdmissionDeskOptions.servedHere}. */
  servedHere(environment: string): unknown;
  readonly secret: (name: string) => string | undefined;
}

export function readVariableFacts(question: VariableQuestion): VariableFacts {
  const { project, release, gates, secret } = question;
  const served = [...project.environments.keys()].filter((name) => question.servedHere(name) !== undefined);
  const named = [...new Set([...variablesOf(project, served), ...smokeVariables(release.smoke)])];
  const set = [...named, ...listedVariables(gates)].filter((name) => (secret(name) ?? '') !== '');
  return { named, set: new Set(set) };
}
