// The state of all environments of a project, each from its own Hub. A Hub that does not answer, or does not serve an
// environment, hides no other one.
import { StkError } from '../../kernel/errors.ts';
import type { CommandContext } from '../context.ts';
import type { EnvironmentAnswer } from './hub-answers.ts';
import { adviseHub } from './hub-address.ts';
import type { HubClient } from './hub-client.ts';

export interface Survey {
  /** In promotion order, as far as stk.yaml defines it. */
  readonly environments: readonly EnvironmentAnswer[];
  /** Environments of stk.yaml that no Hub reported. */
  readonly missing: readonly MissingEnvironment[];
}

export interface MissingEnvironment {
  readonly environment: string;
  readonly reason: 'not-served' | 'hub-unavailable';
  readonly message: string;
}

/** Throws the first Hub's error when no Hub reports anything. */
export async function surveyEnvironments({
  hub,
  project,
  identity,
}: Pick<CommandContext, 'hub' | 'project' | 'identity'>): Promise<Survey> {
  const listed = identity.environments;
  const groups = new Map<HubClient, string[]>();
  for (const name of listed) {
    const group = groups.get(hub.of(name)) ?? [];
    group.push(name);
    groups.set(hub.of(name), group);
  }
  if (listed.length === 0) return { environments: await hub.environments(project), missing: [] };
  const asked = await Promise.all(
    [...groups].map(async ([client, names]): Promise<Survey & { readonly failure?: StkError }> => {
      try {
        const isOnly = groups.size === 1;
        const told = await client.environments(project);
        // An environment that was removed from stk.yaml is still served; with several Hubs, each reports its own.
        const environments = told.filter(({ environment }) => isOnly || names.includes(environment));
        const isTold = (name: string): boolean => told.some(({ environment }) => environment === name);
        const missing = names
          .filter((name) => !isTold(name))
          .map((environment) => ({
            environment,
            reason: 'not-served' as const,
            message: `the Hub at ${client.address.url} does not serve it. ${adviseHub(environment)}`,
          }));
        return { environments, missing };
      } catch (failure) {
        if (!(failure instanceof StkError)) throw failure;
        const { message } = failure;
        const missing = names.map((environment) => ({
          environment,
          reason: 'hub-unavailable' as const,
          message,
        }));
        return { environments: [], missing, failure };
      }
    }),
  );
  const environments = asked.flatMap((one) => one.environments);
  const failure = asked.find((one) => one.failure !== undefined)?.failure;
  if (environments.length === 0 && failure !== undefined) throw failure;
  const place = (name: string): number => (listed.includes(name) ? listed.indexOf(name) : listed.length);
  return {
    environments: environments.toSorted((a, b) => place(a.environment) - place(b.environment)),
    missing: asked.flatMap((one) => one.missing),
  };
}
