// Checks whether a move may be made: the gates and the database. If it does not fit the database, the error is
// `incompatible`, with the gates beside the findings. If it fits but may not take effect now, it is `gate-not-met`.
import { StkError } from '../../kernel/errors.ts';
import type { Explanation } from '../../reconciler/admission/explanation.ts';
import type { Candidate, HubState } from '../../reconciler/hub-state.ts';
import { type FittingRelease, judgeRelease } from './judge-release.ts';

export interface MoveToJudge {
  readonly environment: string;
  readonly what: Candidate;
  /** Its author; `undefined` when unknown. */
  readonly author: string | undefined;
}

export type MoveJudgement =
  | (FittingRelease & { readonly gates: Explanation['gates'] })
  | { readonly kind: 'refused'; readonly error: StkError };

/** A document is not in git, so only the database is checked. */
export async function judgeMove(
  state: Pick<HubState, 'check' | 'explain'>,
  { environment, what, author }: MoveToJudge,
): Promise<MoveJudgement> {
  const judged = await judgeRelease(state, environment, what);
  if (!('release' in what)) return judged.kind === 'fits' ? { ...judged, gates: [] } : judged;
  if (judged.kind === 'refused' && judged.error.code !== 'incompatible') return judged;
  const explained = await state.explain(environment, { release: what.release, author });
  if (explained.kind === 'refused') return judged.kind === 'refused' ? judged : explained;
  const { explanation } = explained;
  const { gates } = explanation;
  if (judged.kind === 'refused') return gates.length === 0 ? judged : withGates(judged.error, explanation);
  if (explanation.outcome === 'admitted') return { ...judged, gates };
  return { kind: 'refused', error: gateNotMet(explanation) };
}

function withGates(error: StkError, { gates, outcome }: Explanation): MoveJudgement {
  const options = error.hint === undefined ? {} : { hint: error.hint };
  const details = { ...error.details, gates, outcome };
  return {
    kind: 'refused',
    error: new StkError(error.code, error.message, { ...options, details, cause: error }),
  };
}

function gateNotMet({ environment, release, outcome, reason, message, gates }: Explanation): StkError {
  const commands = gates.flatMap(({ verdict, help, isSkipped }) =>
    verdict !== 'pass' && help !== null && isSkipped !== true ? [help] : [],
  );
  const hint =
    commands.length === 0
      ? `See what is missing: stk release gates --env ${environment} --release-id ${release}`
      : `What helps: ${[...new Set(commands)].join('; ')}`;
  return new StkError('gate-not-met', `${release} may not enter ${environment} now. ${message}`, {
    hint,
    details: { environment, release, outcome, reason, gates },
  });
}
