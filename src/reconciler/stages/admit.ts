// Stage 3: may the move take effect? The desk collects the facts and decides. The decision is sent as an event before
// it takes effect, while the database is checked.
import { StkError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Decision } from '../admission/admission-desk.ts';
import { outcomeOf } from '../admission/decision-outcome.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { EnvironmentStore } from '../status/environment-store.ts';
import type { LoadedRelease } from './load-release.ts';
import type { ReadPointer } from './read-pointer.ts';
import {
  proceed,
  type StageOutcome,
  stopForThrown,
  stopWith,
  type Target,
  type Unfinished,
} from './stage.ts';

export interface BeforeAdmit extends LoadedRelease, ReadPointer {
  readonly governed: GovernedPath;
  readonly target: Target;
  readonly store: EnvironmentStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Admitted {
  /** `undefined` when no pipeline is configured. */
  readonly decision: Decision | undefined;
  /** Resolves when the decision is on disk as an event; it must not take effect before. */
  readonly telling: Promise<void>;
}

export async function admitMove(found: BeforeAdmit): Promise<StageOutcome<Admitted>> {
  const { governed, target, store, signal, compiled, blob, pointer } = found;
  const { environment } = target;
  const served = store.state.blob;
  const serving =
    store.state.arms === undefined || served === undefined
      ? undefined
      : { release: served.release, digest: served.blob };
  const { release } = compiled;
  const move = { kind: 'made', pointer } as const;
  try {
    const decision = await governed.decide({ environment, release, digest: blob, serving, move });
    if (signal.aborted) return proceed({ decision, telling: Promise.resolve() });
    store.apply({ kind: 'judged', target, decision });
    if (decision === undefined) return proceed({ decision, telling: Promise.resolve() });
    const telling = governed.tell(decision);
    if (decision.admission.isAdmitted) {
      // The database is checked meanwhile; stages/announce.ts waits for it, and handles its failure.
      telling.catch(() => undefined);
      return proceed({ decision, telling });
    }
    await telling;
    return explainDecision(decision);
  } catch (thrown) {
    return stopForThrown(thrown, 'PointerUnreadable');
  }
}

/** A move that may not take effect now: it waits, or it needs something else. */
export function explainDecision(decision: Decision): Unfinished {
  const { environment, content, admission, again, wakes } = decision;
  const { reason, message } = admission;
  const [first] = admission.refusals;
  if (first === undefined) throw new StkError('internal', `${reason} refuses nothing`);
  const hint = hintOf(decision);
  if (outcomeOf(decision) === 'waiting' || again !== undefined)
    return {
      kind: 'wait',
      reason: first.reason,
      message,
      ...(hint === undefined ? {} : { hint }),
      findings: [],
      until: again,
      wakes,
    };
  const details = { environment, release: content.release, reason };
  const error = new StkError('gate-not-met', message, { ...(hint === undefined ? {} : { hint }), details });
  return stopWith(first.reason, error, { wakes });
}

/** The commands that help. */
export function hintOf({ admission }: Pick<Decision, 'admission'>): string | undefined {
  const commands = admission.gates.flatMap(({ isNeeded, verdict, help }) =>
    isNeeded && verdict !== 'pass' && help !== undefined ? [help] : [],
  );
  return commands.length === 0 ? undefined : `What helps: ${[...new Set(commands)].join('; ')}`;
}
