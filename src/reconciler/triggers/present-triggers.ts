// The triggers of an environment in `status`, and the condition that summarises them.
import type { Trigger } from '../../model/pipeline/trigger.ts';
import { claim, type Claim } from '../status/compute-conditions.ts';
import type { PresentedTrigger } from '../status/status.ts';
import type { Acted } from './act-on-trigger.ts';
import { beginWatch, type Watch } from './watch.ts';

interface TriggerStates {
  readonly watches: ReadonlyMap<string, Watch>;
  readonly acted: ReadonlyMap<string, Acted>;
}

export function presentTriggers(
  triggers: readonly Trigger[],
  { watches, acted }: TriggerStates,
): readonly PresentedTrigger[] {
  return triggers.map(({ name, test, do: action }) => {
    const watch = watches.get(name) ?? beginWatch;
    const state = stateOf(watch);
    const since = state === 'error' ? watch.errorSince : watch.firingSince;
    const follows = state === 'firing' ? ` ${acted.get(name)?.why ?? ''}`.trimEnd() : '';
    return {
      name,
      kind: test.kind,
      do: action,
      state,
      since: since === undefined ? null : new Date(since).toISOString(),
      sentence: `${watch.sentence}${follows}`,
    };
  });
}

export function claimOf(environment: string, triggers: readonly PresentedTrigger[]): Claim {
  const list = (state: PresentedTrigger['state']): string =>
    triggers
      .filter((one) => one.state === state)
      .map(({ name, sentence }) => `${name}: ${sentence}`)
      .join(' ');
  const [firing, failed] = [list('firing'), list('error')];
  if (firing !== '') return claim('Triggered', 'True', 'TriggerFires', firing);
  if (failed !== '') return claim('Triggered', 'Unknown', 'QuestionFailed', failed);
  return claim('Triggered', 'False', 'NoTriggerFires', `No trigger of ${environment} fires.`);
}

function stateOf({ firingSince, errorSince, badSince, askedAt }: Watch): PresentedTrigger['state'] {
  if (errorSince !== undefined) return 'error';
  if (firingSince !== undefined) return 'firing';
  if (badSince !== undefined) return 'failing';
  return askedAt === undefined ? 'unknown' : 'quiet';
}
