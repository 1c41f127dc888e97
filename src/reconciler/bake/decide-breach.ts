// What follows from the breach of a bake where stk.yaml says `onBreach: rollback`: the release to go back to, or why the Hub
// only alerts. The guards are those of triggers. Each Hub acts on the calls that it answered. All of them commit to one pointer,
// so that only the first commit is made.
import type { Clock } from '../../kernel/clock.ts';
import type { BakeSettings } from '../../model/pipeline/canary.ts';
import type { GovernedParts } from '../admission/governed-parts.ts';
import type { HubState } from '../hub-state.ts';
import { whyHalted, whyNotAgain } from '../triggers/decide-trigger.ts';
import { readTip } from '../triggers/trigger-facts.ts';
import type { HubRollback } from '../undo/hub-rollback.ts';
import { trailersOf } from './describe-bake.ts';
import type { AfterActivation, AfterRun } from './look-after.ts';

export interface BreachTools {
  readonly clock: Clock;
  readonly rollback: HubRollback;
  readonly hub: Pick<HubState, 'rollbackTarget'>;
}

export interface Breach {
  readonly environment: string;
  readonly bake: BakeSettings;
  readonly parts: GovernedParts;
  readonly after: AfterActivation;
  readonly run: AfterRun;
}

export type BreachDecision =
  | { readonly do: 'rollback'; apply(): Promise<void> }
  | { readonly do: 'alert'; readonly why: string }
  /** Whether there is a way back cannot be told yet. */
  | { readonly do: 'ask-again' };

/** Nothing is done before `apply`. Rejects with what git throws. */
export async function decideBreach(
  { clock, rollback, hub }: BreachTools,
  { environment, bake, parts, after, run: { reading } }: Breach,
): Promise<BreachDecision> {
  const { content, revision } = after;
  if (reading === undefined || rollback.isNoted(environment, revision))
    return { do: 'rollback', apply: async () => rollback.commit(environment) };
  const now = clock.now();
  const { pointer, desired, isHalted, rolledBackAt } = await readTip(parts, { environment, now });
  if (desired !== content.release || pointer.blob === undefined)
    return alert(`The pointer of ${environment} names ${desired ?? 'nothing'}: that decision stands.`);
  const guard = isHalted ? whyHalted : whyNotAgain({ now, environment, rolledBackAt });
  if (guard !== undefined) return alert(guard);
  const { release: to, fits } = await hub.rollbackTarget(environment, 'previous');
  if (to === null) return alert('There is no release before it to go back to.');
  if (fits === null) return { do: 'ask-again' };
  if (!fits) return alert(`${to} does not fit the database any more, so that nothing is rolled back.`);
  const move = {
    environment,
    ...content,
    revision,
    pointer: pointer.blob,
    to,
    cause: 'trigger',
    reason: reading.sentence,
    at: now,
    isHeld: true,
    hasIncident: true,
    trailers: trailersOf(reading, bake),
    isSettled: false,
  } as const;
  return {
    do: 'rollback',
    async apply() {
      await rollback.note(move);
      rollback.commit(environment);
    },
  };
}

function alert(why: string): BreachDecision {
  return { do: 'alert', why };
}
