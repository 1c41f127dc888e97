// Applies one move of a pointer, for a person in a clone, a caller of the Hub, or the Hub itself. Checks whether the
// release fits, writes the message and commits. The committer makes the commit; every refusal is a value.
import type { Finding } from '../model/finding.ts';
import { StkError } from '../kernel/errors.ts';
import { formatCommitMessage, type CommitFacts } from './commit-message.ts';
import type { MovePlan, Planned } from './plan.ts';

export type Judged =
  /** `fingerprint`: of the judged schema; `undefined` when not reported. */
  | {
      readonly kind: 'fits';
      readonly fingerprint: string | undefined;
      readonly findings: readonly Finding[];
    }
  /** Not checked here; the Hub checks before it serves. */
  | { readonly kind: 'unchecked' }
  | { readonly kind: 'refused'; readonly error: StkError };

export type Committed =
  | {
      readonly kind: 'committed';
      readonly revision: string;
      readonly pushed: boolean;
      /** For people. */
      readonly notes: readonly string[];
    }
  /** The same pointer was changed by another commit after the plan was made. */
  | { readonly kind: 'lost'; readonly to: LostTo }
  | { readonly kind: 'refused'; readonly error: StkError };

/** The commit that won; `undefined` when git does not report it. */
export interface LostTo {
  readonly revision: string | undefined;
  readonly by: string | undefined;
  /** The release that the pointer names now; `undefined` when unreadable. */
  readonly release: string | undefined;
}

/**
 * Writes one commit that changes the pointer and adds its accompanying files, by compare and swap against the base of
 * the plan.
 */
export interface Committer {
  commit(plan: MovePlan, message: string): Promise<Committed>;
}

export interface JudgeSteps {
  /** Checks whether the planned release fits. */
  judge(plan: MovePlan): Promise<Judged>;
  /** The parts of the message beside the plan. */
  readonly facts: Omit<CommitFacts, 'fingerprint' | 'unchecked'>;
  /** Called before anything is written, when the move may continue. */
  readonly onJudged?: (judged: JudgedMove) => void;
}

export interface MoveSteps extends JudgeSteps {
  readonly committer: Committer;
}

/** A planned commit with its message. */
export interface JudgedMove {
  readonly plan: MovePlan;
  readonly judged: Exclude<Judged, { kind: 'refused' }>;
  readonly message: string;
}

/** No commit: the pointer names it already, or something prevents it. */
export type NotMoved = Exclude<Planned, MovePlan>;

export type JudgeOutcome = ({ readonly kind: 'judged' } & JudgedMove) | Extract<Judged, { kind: 'refused' }>;

export type MoveOutcome =
  | NotMoved
  | ({ readonly kind: 'moved'; readonly commit: Extract<Committed, { kind: 'committed' }> } & JudgedMove);

/** Everything of a move except its commit: what a dry run shows. */
export async function judgeMove(
  plan: MovePlan,
  { judge, facts, onJudged }: JudgeSteps,
): Promise<JudgeOutcome> {
  const judged = await judge(plan);
  if (judged.kind === 'refused') return judged;
  const message = formatCommitMessage(plan, {
    ...facts,
    fingerprint: judged.kind === 'fits' ? judged.fingerprint : undefined,
    unchecked: judged.kind === 'unchecked',
  });
  const outcome = { kind: 'judged', plan, judged, message } as const;
  onJudged?.(outcome);
  return outcome;
}

export async function applyMove(planned: Planned, steps: MoveSteps): Promise<MoveOutcome> {
  if (planned.kind !== 'move') return planned;
  const outcome = await judgeMove(planned, steps);
  if (outcome.kind !== 'judged') return outcome;
  const { plan, judged, message } = outcome;
  const commit = await steps.committer.commit(plan, message);
  switch (commit.kind) {
    case 'committed':
      return { kind: 'moved', plan, judged, message, commit };
    case 'lost':
      return { kind: 'refused', error: conflictWith(plan, commit.to) };
    case 'refused':
      return commit;
  }
}

function conflictWith({ environment }: MovePlan, { revision, by, release }: LostTo): StkError {
  const moved = release === undefined ? 'changed' : `moved to ${release}`;
  const short = revision?.slice(0, 10);
  const who = by === undefined ? '' : ` by ${by}`;
  const where = short === undefined ? '' : ` (${short})`;
  const look = short === undefined ? '' : `See what they changed (git show ${short}). `;
  return new StkError(
    'conflict',
    `${environment} was ${moved} in the meantime${who}${where}; nothing was committed`,
    {
      hint: `${look}Repeat the move if you still need it.`,
      details: { environment, release: release ?? null, by: by ?? null, movedIn: revision ?? null },
    },
  );
}
