// Decides whether a move of a pointer may take effect. Pure. What a move is decides what it needs:
//   nothing    desired is what is served                     → nothing to admit
//   rollback   of a canary: its callers get the release already → always
//   rollback   the release ran here before, and it is not a canary → no gate, no freeze, no hold
//   hotfix     the pointer says so, and there are gates      → its approvals and the gates that a hotfix needs
//   promotion  everything else                               → every gate
// A veto and a pointer commit that does not count stop each of them but the first.
import type { AdmissionFacts } from './admission-facts.ts';
import type { AdmissionPolicy } from './admission-policy.ts';
import { evaluateMoveGates, type GateResult } from './evaluate-gates.ts';
import { findFreezes } from './find-freezes.ts';
import type { MoveClass } from '../../model/pipeline/record.ts';

/** Why a move does not take effect, in the order in which the condition names the first. */
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
  /** What an event calls it; `undefined` when there is nothing to admit. */
  readonly class: MoveClass | undefined;
  readonly reason: AdmissionReason;
  /** Names every refusal. */
  readonly message: string;
  /** All that apply, in the order of `refusalReasons`. */
  readonly refusals: readonly AdmissionRefusal[];
  /** Those that the move needs and, of a hotfix, those that it skips. None of a rollback. */
  readonly gates: readonly GateResult[];
  /** When the decision can differ though no fact changes; milliseconds since 1970. */
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
      { move, class: 'rollback', reason: 'RanBefore', message, gates: [], again: undefined },
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

/** What the move is, whether or not it may take effect. */
export function classifyMove({ gates }: AdmissionPolicy, facts: AdmissionFacts): MoveKind {
  const { desired, serving, ran, move, shared } = facts;
  if (serving?.release === desired.release && serving.digest === desired.digest) return 'nothing';
  if (isReturn(facts)) return 'rollback';
  // Its callers do not go back to what ran there before: they would leave the stable release once more.
  if (shared !== undefined) return move.hotfix === undefined ? 'promotion' : 'hotfix';
  if (isKnownToHaveRun(facts)) return 'rollback';
  if (gates.length === 0) return 'promotion';
  if (isNamedAndNotUndone(ran)) return 'rollback';
  return move.hotfix === undefined ? 'promotion' : 'hotfix';
}

/** Of a canary, the move to what its callers get already: the only rollback there. */
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
  // Without gates a move that only the pointer's history knows is a promotion, but nothing that this rule is meant for.
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
