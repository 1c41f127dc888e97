// Does a release fit an environment's database? The stages that decide it, without the swap: for the served release,
// and for questions about others.
import { StkError } from '../../kernel/errors.ts';
import type { Verdict } from '../../model/verdict.ts';
import { check, type BeforeCheck } from '../stages/check.ts';
import { hold } from '../stages/hold.ts';
import { stages } from '../stages/stage-list.ts';

export interface VerdictRequest extends Omit<BeforeCheck, 'held' | 'patience'> {
  readonly signal: AbortSignal;
}

const fit = stages<VerdictRequest & Pick<BeforeCheck, 'patience'>>().and(hold).and(check);

/** Rejects when there is no verdict: a variable is not set, `init` names a missing file, a bug, or the Hub stops. */
export async function askVerdict(request: VerdictRequest): Promise<Verdict> {
  const outcome = await fit.run({ ...request, patience: request.signal });
  if (outcome.kind === 'continue') return outcome.value.verdict;
  if (outcome.kind !== 'preempted' && outcome.verdict !== undefined) return outcome.verdict;
  if (outcome.kind === 'stop') throw outcome.error;
  request.signal.throwIfAborted();
  throw new StkError('indeterminate', 'The check gave no answer.');
}
