// Applies one move of a pointer, whoever makes it: a person in a clone, the Hub for a caller, or an actor of the Hub. Asks
// whether the release fits, writes the message and commits. How a commit is made is the committer's business; every refusal is
// a value.
import type { Finding } from '../model/finding.ts';
import { StkError } from '../kernel/errors.ts';
import { formatCommitMessage, type CommitFacts } from './commit-message.ts';
import type { MovePlan, Planned } from './plan.ts';

export type Judged =
  /** `fingerprint`: of the schema that was judged; `undefined` when it is not told. */
  | {
      readonly kind: 'fits';
      readonly fingerprint: string | undefined;
      readonly findings: readonly Finding[];
    }
  /** Nobody asked; the Hub checks before it serves. */
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

/** The commit that won; undefined where git does not tell. */
export interface LostTo {
  readonly revision: string | undefined;
  readonly by: string | undefined;
  /** What the pointer names now; `undefined` when nothing that could be read. */
  readonly release: string | undefined;
}

/** Writes one commit that changes the pointer and adds what goes with it, by compare and swap against what the plan was made on. */
export interface Committer {
  commit(plan: MovePlan, message: string): Promise<Committed>;
}

export interface JudgeSteps {
  /** Asks whether what the plan would name fits. */
  judge(plan: MovePlan): Promise<Judged>;
  /** What the message says beside the plan. */
  readonly facts: Omit<CommitFacts, 'fingerprint' | 'unchecked'>;
  /** It may go on: told before anything is written. */
  readonly onJudged?: (judged: JudgedMove) => void;
}

export interface MoveSteps extends JudgeSteps {
  readonly committer: Committer;
}

/** What a commit would say. */
export interface JudgedMove {
  readonly plan: MovePlan;
  readonly judged: Exclude<Judged, { kind: 'refused' }>;
  readonly message: string;
}

/** No commit: the pointer names it already, or something stands against it. */
export type NotMoved = Exclude<Planned, MovePlan>;

export type JudgeOutcome = ({ readonly kind: 'judged' } & JudgedMove) | Extract<Judged, { kind: 'refused' }>;

export type MoveOutcome =
  | NotMoved
  | ({ readonly kind: 'moved'; readonly commit: Extract<Committed, { kind: 'committed' }> } & JudgedMove);

/** All of a move but its commit: what a dry run shows. */
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
