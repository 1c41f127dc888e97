// Asks one replica of the Hub what it serves in an environment, and whether it is healthy.
import { asStkError } from '../../kernel/errors.ts';
import type { EnvironmentAnswer } from '../hub/hub-answers.ts';
import type { HubClient } from '../hub/hub-client.ts';
import type { ToldVersion } from './verdict.ts';

export async function askHub(
  hub: Pick<HubClient, 'environment'>,
  { project, environment }: { readonly project: string; readonly environment: string },
): Promise<ToldVersion> {
  try {
    return tell(await hub.environment(project, environment));
  } catch (thrown) {
    return { kind: 'untold', why: asStkError(thrown).message };
  }
}

function tell({ serving, conditions }: EnvironmentAnswer): ToldVersion {
  if (serving === null) return { kind: 'told', version: null, unhealthy: 'it serves nothing' };
  const has = (type: string, status: string): boolean =>
    conditions.some((condition) => condition.type === type && condition.status === status);
  const unhealthy = has('DatabaseReachable', 'False')
    ? 'the database does not answer'
    : has('Drifted', 'True')
      ? 'the release does not fit the database any more'
      : undefined;
  return { kind: 'told', version: serving.release, unhealthy };
}
