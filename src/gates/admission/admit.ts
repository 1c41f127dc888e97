// Decides whether a move of a pointer may take effect. Pure. The class of a move decides what it needs:
//
//   nothing    the desired release is served already         → nothing to admit
//   rollback   a canary to what its callers already get      → always
//   rollback   the release ran here before, and it is not a canary → no gate, no freeze, no hold
//   hotfix     the pointer requests it, and there are gates  → its approvals and the gates that a hotfix needs
//   promotion  everything else                               → every gate
//
// A veto, or a pointer commit that does not count, stops every class but the first.
import type { AdmissionFacts } from './admission-facts.ts';
import type { AdmissionPolicy } from './admission-policy.ts';
import { evaluateMoveGates, type GateResult } from './evaluate-gates.ts';
import { findFreezes } from './find-freezes.ts';
import type { MoveClass } from '../../model/pipeline/record.ts';

/** Why a move does not take effect. The condition names the first that applies. */
export const refusalReasons = [
  'Untrusted',
  'Vetoed',
  'Frozen',
  'PolicyAndPointer',
  'CanaryNeedsStable',
  'Held',
  'GateFailed',
  'GatePending',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];
export type AdmissionReason =
  | RefusalReason
  | 'NothingToAdmit'
  | 'ServedBeside'
  | 'RanBefore'
  | 'NoGates'
  | 'GatesPassed'
  | 'HotfixApproved';

export type MoveKind = 'nothing' | 'rollback' | 'hotfix' | 'promotion';

export interface AdmissionRefusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

export interface Admission {
  readonly isAdmitted: boolean;
  readonly move: MoveKind;
  /** The class in events; `undefined` when there is nothing to admit. */
  readonly class: MoveClass | undefined;
  readonly reason: AdmissionReason;
  /** Names every refusal. */
  readonly message: string;
  /** All that apply, in the order of `refusalReasons`. */
  readonly refusals: readonly AdmissionRefusal[];
  /** Gates that the move needs and, for a hotfix, those that it skips. Empty for a rollback. */
  readonly gates: readonly GateResult[];
  /** When the decision can change without new facts; milliseconds since 1970. */
  readonly again: number | undefined;
}

export function admit(policy: AdmissionPolicy, facts: AdmissionFacts, now: number): Admission {
  const { desired } = facts;
  const move = classifyMove(policy, facts);
  if (move === 'nothing') {
    const message = `${desired.release} is what ${policy.environment} serves.`;
    return {
      ...accepted,
      move,
      class: undefined,
      reason: 'NothingToAdmit',
      message,
      gates: [],
      again: undefined,
    };
  }
  const { shared } = facts;
  if (shared !== undefined && isReturn(facts)) {
    const message = `${desired.release} is what ${shared.environment} serves: its callers already get this release.`;
    const admitted = { move, class: 'rollback', reason: 'ServedBeside', message } as const;
    return { ...accepted, ...admitted, gates: [], again: undefined };
  }
  const always = refuseAlways(facts);
  if (move === 'rollback') {
    const message = `${desired.release} ran in ${policy.environment} before, so it may be served again.`;
    return conclude(
      {
        move,
        class: facts.ran.told ?? 'rollback',
        reason: 'RanBefore',
        message,
        gates: [],
        again: undefined,
      },
      always,
    );
  }
  const isHotfix = move === 'hotfix';
  const freezes = findFreezes(policy, facts, { isHotfix, now });
  const { gates, again } = evaluateMoveGates(policy, facts, { isHotfix, now });
  const refusals = [
    ...always,
    ...(freezes.message === undefined ? [] : [{ reason: 'Frozen' as const, message: freezes.message }]),
    ...refuseForward(facts),
    ...refuseByGates(gates),
  ];
  return conclude(
    {
      move,
      class: facts.hasServed ? move : 'promotion',
      ...describeAdmitted(move, policy),
      gates,
      again: earliest(freezes.again, again),
    },
    refusals,
  );
}

const accepted = { isAdmitted: true, refusals: [] } as const;

function conclude(
  decision: Omit<Admission, 'isAdmitted' | 'refusals'>,
  refusals: readonly AdmissionRefusal[],
): Admission {
  const [first] = refusals;
  if (first === undefined) return { ...decision, ...accepted };
  const message = refusals.map((refusal) => refusal.message).join(' ');
  return { ...decision, isAdmitted: false, reason: first.reason, message, refusals };
}

/** The class of the move, whether or not it may take effect. */
export function classifyMove({ gates }: AdmissionPolicy, facts: AdmissionFacts): MoveKind {
  const { desired, serving, ran, move, shared } = facts;
  if (serving?.release === desired.release && serving.digest === desired.digest) return 'nothing';
  if (isReturn(facts)) return 'rollback';
  // Its callers do not return to what ran there before: they would leave the stable release again.
  if (shared !== undefined) return move.hotfix === undefined ? 'promotion' : 'hotfix';
  if (isKnownToHaveRun(facts)) return 'rollback';
  if (gates.length === 0) return 'promotion';
  if (isNamedAndNotUndone(ran)) return 'rollback';
  return move.hotfix === undefined ? 'promotion' : 'hotfix';
}

/** For a canary, the move to what its callers get already: its only kind of rollback. */
function isReturn({ desired, shared }: AdmissionFacts): boolean {
  const serving = shared?.serving;
  return serving?.release === desired.release && serving.digest === desired.digest;
}

function isKnownToHaveRun({ ran }: AdmissionFacts): boolean {
  return ran.events === 'ran' || ran.memory === 'ran';
}

function isNamedAndNotUndone({ events, memory, isNamedBeforeGates }: AdmissionFacts['ran']): boolean {
  return isNamedBeforeGates && events !== 'undone' && memory !== 'undone';
}

function refuseAlways({ move, veto, desired }: AdmissionFacts): AdmissionRefusal[] {
  const refusals: AdmissionRefusal[] = [];
  if (!move.trust.counts)
    refusals.push({ reason: 'Untrusted', message: `The pointer commit does not count: ${move.trust.why}` });
  if (veto !== undefined)
    refusals.push({ reason: 'Vetoed', message: `${desired.release} is vetoed: ${veto.reason}` });
  return refusals.map(({ reason, message }) => ({ reason, message: asSentence(message) }));
}

function refuseForward({ move, ran, desired, shared }: AdmissionFacts): AdmissionRefusal[] {
  const { policyChange, isAutomatic, hold } = move;
  const refusals: AdmissionRefusal[] = [];
  // Without gates, a move that only the pointer's history knows is a promotion, but this rule is not about it.
  if (policyChange !== undefined && !isNamedAndNotUndone(ran)) {
    const { commit, files } = policyChange;
    const message = `Commit ${commit.slice(0, 12)} moves the pointer to ${desired.release} and also changes ${files.join(', ')}. Revert it, then make two commits.`;
    refusals.push({ reason: 'PolicyAndPointer', message });
  }
  if (shared?.serving?.fits === false) {
    const { environment, serving } = shared;
    const message = `${serving.release} in ${environment} does not fit its database: a canary would be compared with a release that fails.`;
    refusals.push({ reason: 'CanaryNeedsStable', message });
  }
  if (isAutomatic && hold !== undefined)
    refusals.push({
      reason: 'Held',
      message: asSentence(`A hold stops automatic forward moves here: ${hold.reason}`),
    });
  return refusals;
}

function refuseByGates(gates: readonly GateResult[]): AdmissionRefusal[] {
  const named = (reason: RefusalReason, what: string, verdicts: readonly string[]): AdmissionRefusal[] => {
    const found = gates.filter(({ isNeeded, verdict }) => isNeeded && verdicts.includes(verdict));
    if (found.length === 0) return [];
    const list = found.map(({ name, sentence }) => `${name}: ${sentence}`).join(' ');
    return [
      { reason, message: `${found.length === 1 ? '1 gate' : `${found.length} gates`} ${what}. ${list}` },
    ];
  };
  return [
    ...named('GateFailed', 'failed', ['fail']),
    ...named('GatePending', 'not passed yet', ['pending', 'error']),
  ];
}

function describeAdmitted(
  move: 'hotfix' | 'promotion',
  { environment, gates }: AdmissionPolicy,
): Pick<Admission, 'reason' | 'message'> {
  if (move === 'hotfix')
    return { reason: 'HotfixApproved', message: `The hotfix of ${environment} is approved.` };
  return gates.length === 0
    ? { reason: 'NoGates', message: `${environment} has no gates.` }
    : { reason: 'GatesPassed', message: `Every gate of ${environment} passed.` };
}

function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function earliest(...moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
