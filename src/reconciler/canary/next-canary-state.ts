// The rules of a canary's life: when it begins, the effect of a look or a person's request, and when it returns to the
// stable release. Pure: the controller collects the facts, stores the next state, then moves traffic and sends the
// events.
import type { LookReport } from '../../analysis/look.ts';
import type { Content } from '../../gates/admission/admission-facts.ts';
import type { Canary, CanaryHold, CanaryState, ToldStep } from './canary-state.ts';
import { end, returnWith, tell, unchanged, type NextCanary } from './canary-step.ts';
import { concludeLook } from './conclude-look.ts';

/** The current facts about one canary environment, from git and the Hub. */
export interface CanaryFacts {
  readonly environment: string;
  readonly of: string;
  readonly now: number;
  readonly state: CanaryState;
  /** What the environment `of` serves; `null` when nothing, or nothing yet since the start of this Hub. */
  readonly stable: Content | null;
  /** The canary environment's pointer; `null` when it names nothing that this Hub can serve beside the stable release. */
  readonly pointer: CanaryPointer | null;
  /** Why no canary may begin now: a freeze, a halt, gates, the database; `undefined` when it may. */
  readonly blocked: string | undefined;
  /** Why the stable release no longer fits its database; `undefined` when it fits. */
  readonly drift: string | undefined;
  /** Whether this Hub acts: it alone lets a canary pass, or ends one that gets too few calls. Any Hub ends one that fails. */
  readonly isLeader: boolean;
  /** Steps of this pointer commit in other Hubs' events. */
  readonly steps: readonly ToldStep[];
}

export interface CanaryPointer {
  /** The newest commit that changed the pointer's release. */
  readonly revision: string;
  readonly blob: string;
  readonly content: Content;
  /** Whether it is newer than the pointer commit that the environment `of` serves. */
  readonly isNewer: boolean;
  /** Whether a Hub made the commit to end a canary; that Hub has sent the reason. */
  readonly isReturn: boolean;
}

export type CanaryEvent =
  /** Git or what is served may have changed. */
  | { readonly kind: 'observed' }
  | { readonly kind: 'looked'; readonly report: LookReport }
  | {
      readonly kind: 'asked';
      readonly what: 'pause' | 'resume' | 'abort';
      readonly actor: string | undefined;
      readonly reason: string;
    };

type Running = Extract<CanaryState, { kind: 'running' }>;
type Returning = Extract<CanaryState, { kind: 'returning' }>;

export function nextCanaryState(facts: CanaryFacts, event: CanaryEvent): NextCanary {
  const { state } = facts;
  switch (event.kind) {
    case 'observed':
      return observe(facts);
    case 'looked':
      return state.kind === 'running' ? concludeLook(facts, state, event.report) : unchanged(state);
    case 'asked':
      return state.kind === 'running' ? obey(facts, state, event) : unchanged(state);
  }
}

/** Whether the canary gets calls. Only while the stable release is the one that the canary began with. */
export function isShareOn({ state, stable, pointer }: CanaryFacts): boolean {
  return (
    state.kind === 'running' &&
    stable !== null &&
    isSame(stable, state.canary.stable) &&
    pointer !== null &&
    pointer.isNewer &&
    isSame(pointer.content, state.canary.content)
  );
}

function observe(facts: CanaryFacts): NextCanary {
  const { state } = facts;
  switch (state.kind) {
    case 'none':
      return begin(facts, state.ended?.revision, state);
    case 'returning':
      return observeReturn(facts, state);
    case 'running':
      return observeRunning(facts, state);
  }
}

/** `ended`: the pointer commit whose canary is over. */
function begin(facts: CanaryFacts, ended: string | undefined, otherwise: CanaryState): NextCanary {
  const { environment, of, now, stable, pointer, blocked, drift } = facts;
  const isAsked =
    stable !== null &&
    pointer !== null &&
    pointer.isNewer &&
    pointer.revision !== ended &&
    !isSame(pointer.content, stable);
  if (!isAsked || blocked !== undefined || drift !== undefined) return unchanged(otherwise);
  const { revision, blob, content } = pointer;
  const canary: Canary = { environment, of, content, stable, revision, blob, since: now, step: 0 };
  const sentence = `${content.release} takes a share of the calls to ${of}, beside ${stable.release}.`;
  return {
    state: { kind: 'running', canary, phase: 'warming', held: undefined, verdict: undefined },
    told: [tell('canary-started', canary, { sentence })],
  };
}

function observeRunning(facts: CanaryFacts, state: Running): NextCanary {
  const { stable, pointer, drift, now } = facts;
  const { canary } = state;
  if (stable !== null && isSame(stable, canary.content)) return end(canary, 'passed');
  if (pointer !== null && pointer.revision !== canary.revision) return supersede(facts, canary, pointer);
  if (stable !== null && !isSame(stable, canary.stable)) {
    const sentence = `${canary.of} serves ${stable.release} now; the canary began beside ${canary.stable.release}.`;
    return returnWith(canary, now, { cause: 'production-moved', sentence });
  }
  const edited = { ...canary, blob: pointer?.blob ?? canary.blob, step: followedStep(canary, facts.steps) };
  const next = { ...state, canary: edited };
  if (drift !== undefined && state.held === undefined)
    return holdWith(next, { by: 'drift', reason: drift }, { actor: undefined, now });
  if (drift === undefined && state.held?.by === 'drift')
    return letGo(next, {
      sentence: `${canary.of} fits its database again.`,
      actor: undefined,
      reason: undefined,
      now,
    });
  return unchanged(next);
}

/** The Hub with the lock begins a step; the others follow it. */
function followedStep({ step, stepsSince = 0 }: Canary, steps: readonly ToldStep[]): number {
  return Math.max(step, ...steps.filter(({ at }) => at >= stepsSince).map((told) => told.step));
}

/** A newer pointer commit of any author ends the canary; one that names another release begins its own. */
function supersede(facts: CanaryFacts, canary: Canary, pointer: CanaryPointer): NextCanary {
  const isBack = facts.stable !== null && isSame(pointer.content, facts.stable);
  const sentence = isBack
    ? `The pointer of ${canary.environment} was moved back to ${pointer.content.release}.`
    : `The pointer of ${canary.environment} names ${pointer.content.release} now.`;
  const aborted = tell('canary-aborted', canary, { sentence, reason: 'superseded' });
  const over = end(canary, pointer.isReturn ? 'failed' : 'superseded').state;
  const next = begin(facts, canary.revision, over);
  return { state: next.state, told: pointer.isReturn ? next.told : [aborted, ...next.told] };
}

function observeReturn(facts: CanaryFacts, state: Returning): NextCanary {
  const { canary, decision } = state;
  const { pointer } = facts;
  if (pointer === null || pointer.revision === canary.revision) return unchanged(state);
  const over = end(canary, decision.cause === 'failed' ? 'failed' : 'aborted').state;
  return begin(facts, canary.revision, over);
}

function obey(
  { now }: CanaryFacts,
  state: Running,
  { what, actor, reason }: Extract<CanaryEvent, { kind: 'asked' }>,
): NextCanary {
  switch (what) {
    case 'pause':
      return state.held?.by === 'person'
        ? unchanged(state)
        : holdWith(state, { by: 'person', reason }, { actor, now });
    case 'resume':
      return state.held?.by === 'person'
        ? letGo(state, { sentence: 'A person resumed the canary.', actor, reason, now })
        : unchanged(state);
    case 'abort':
      return returnWith(state.canary, now, {
        cause: 'aborted',
        sentence: `A person aborted the canary: ${reason}`,
        actor,
        reason,
      });
  }
}

function holdWith(
  state: Running,
  held: CanaryHold,
  { actor, now }: { readonly actor: string | undefined; readonly now: number },
): NextCanary {
  const sentence =
    held.by === 'person'
      ? `A person paused the canary: ${held.reason}`
      : `${state.canary.of} does not fit its database: ${held.reason}`;
  const { reason } = held;
  const isPaused = state.phase === 'paused';
  const told = isPaused ? [] : [tell('canary-paused', state.canary, { sentence, reason, actor, since: now })];
  return { state: { ...state, held, phase: 'paused' }, told };
}

interface LetGo {
  readonly sentence: string;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  readonly now: number;
}

/** The next look shows the canary's state. */
function letGo(state: Running, { sentence, actor, reason, now }: LetGo): NextCanary {
  return {
    state: { ...state, held: undefined, phase: 'running' },
    told: [tell('canary-resumed', state.canary, { sentence, reason, actor, since: now })],
  };
}

function isSame(a: Content, b: Content): boolean {
  return a.release === b.release && a.digest === b.digest;
}
