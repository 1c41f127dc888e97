// The act of a firing trigger: decides on current facts, and does it. A rollback is noted and committed; serving
// follows the commit. It does nothing with a pointer that somebody else changed meanwhile.
import type { Clock } from '../../kernel/clock.ts';
import type { Trigger } from '../../model/pipeline/trigger.ts';
import type { GovernedParts } from '../admission/governed-parts.ts';
import type { HubState } from '../hub-state.ts';
import type { Log } from '../log.ts';
import type { ChosenTarget } from '../undo/choose-target.ts';
import type { HubRollback } from '../undo/hub-rollback.ts';
import { decideTrigger, type FiringFacts, type TriggerDecision } from './decide-trigger.ts';
import { freezeEnvironment } from './freeze-environment.ts';
import { readTip, type ServedSince, type TipFacts } from './trigger-facts.ts';

export interface ActTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly rollback: HubRollback;
  readonly hub: Pick<HubState, 'rollbackTarget'>;
  /** A commit was made: the followed branch should be read. */
  onCommitted(): void;
}

export interface Firing {
  readonly environment: string;
  readonly trigger: Trigger;
  /** What is wrong. */
  readonly sentence: string;
  readonly served: ServedSince;
  /** It was bad for long enough while the database answered. */
  readonly isBlamed: boolean;
  readonly parts: GovernedParts;
  /** Resolves when the database answered. */
  ping(): Promise<void>;
}

export interface Acted {
  readonly did: 'rollback' | 'freeze' | 'alert' | 'nothing';
  /** The consequence, for people. */
  readonly why: string;
  /** The act; `undefined` when there is nothing to do. */
  apply?(): Promise<void>;
}

/** Decides; nothing is done before `apply`. Rejects with git's errors. */
export async function decideFiring(tools: ActTools, firing: Firing): Promise<Acted> {
  const { environment, parts, served, isBlamed } = firing;
  const now = tools.clock.now();
  const tip = await readTip(parts, { environment, now });
  const isBeingUndone = tools.rollback.isNoted(environment, served.revision);
  const { trigger } = firing;
  const facts = { ...tip, now, environment, trigger, served, isBeingUndone, isBlamed } as const;
  const decide = (more: Pick<FiringFacts, 'isLeader' | 'isDatabaseReachable' | 'target'>): TriggerDecision =>
    decideTrigger({ ...facts, ...more });
  const isLeader = await parts.leads(environment);
  let decision = decide({ isLeader, isDatabaseReachable: true, target: undefined });
  let target: ChosenTarget | undefined;
  if (decision.do === 'ask-target') {
    const isDatabaseReachable = await answers(firing);
    if (isDatabaseReachable) target = await tools.hub.rollbackTarget(environment, 'last-known-good', true);
    decision = decide({ isLeader, isDatabaseReachable, target });
  }
  switch (decision.do) {
    case 'alert':
      return { did: 'alert', why: decision.why };
    case 'freeze': {
      const { why } = decision;
      return { did: 'freeze', why, apply: () => freeze(tools, firing, { tip, why }) };
    }
    case 'rollback': {
      const { to } = decision;
      const why = `${environment} goes back to ${to}.`;
      return { did: 'rollback', why, apply: () => goBack(tools, firing, { tip, to }) };
    }
    case 'ask-target':
      return { did: 'nothing', why: 'Where to go back to is not known yet.' };
  }
}

async function answers({ ping }: Firing): Promise<boolean> {
  return ping().then(
    () => true,
    () => false,
  );
}

async function freeze(
  { clock, log, onCommitted }: ActTools,
  { environment, trigger, sentence, parts }: Firing,
  { tip, why }: { readonly tip: TipFacts; readonly why: string },
): Promise<void> {
  const { repo, place } = parts;
  const revision = await freezeEnvironment({
    repo,
    pipeline: place.project.pipeline,
    environment,
    pointer: tip.pointer,
    reason: `Trigger ${trigger.name}: ${sentence} ${why}`,
    at: clock.now(),
    isFrozen: async () => (await readTip(parts, { environment, now: clock.now() })).isFrozen,
  });
  if (revision === null) return;
  log.warn({ environment, trigger: trigger.name, revision }, 'a trigger has frozen the environment');
  onCommitted();
}

async function goBack(
  { clock, log, rollback }: ActTools,
  { environment, trigger, sentence, served }: Firing,
  { tip, to }: { readonly tip: TipFacts; readonly to: string },
): Promise<void> {
  const { release, digest, revision } = served;
  const reason = `Trigger ${trigger.name}: ${sentence}`;
  await rollback.note({
    environment,
    release,
    digest,
    revision,
    pointer: tip.pointer.blob ?? '',
    to,
    cause: 'trigger',
    reason,
    at: clock.now(),
    isHeld: true,
    hasIncident: true,
    trailers: { 'Stk-Trigger': trigger.name },
    freeze: reason,
    isSettled: false,
  });
  log.warn({ environment, release, to, trigger: trigger.name, sentence }, 'a trigger rolls a release back');
  rollback.commit(environment);
}
