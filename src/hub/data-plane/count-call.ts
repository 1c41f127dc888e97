// Counts the result of a call for the analysis of a canary: whether it failed or was refused, and how long it took.
import type { ArmCounter, CallEnd } from '../../serving/arm-counter.ts';
import { type ErrorCode, meaningOf } from '../../kernel/errors.ts';

/** Statuses that a release causes: what a caller may do, sends and finds. Others are about the request itself. */
const refusals: ReadonlySet<number> = new Set([400, 403, 404, 409, 422]);

export interface EndedCall {
  readonly counted: { readonly counter: ArmCounter; readonly group: number } | undefined;
  /** `undefined` when it was answered with a result. */
  readonly refusedWith: ErrorCode | undefined;
  /** False when the client disconnected before. */
  readonly isAnswered: boolean;
  /** Since the request's entry. */
  readonly seconds: number;
}

export function countCall({ counted, refusedWith, isAnswered, seconds }: EndedCall): void {
  if (counted === undefined) return;
  const { counter, group } = counted;
  const end = endOf(refusedWith, isAnswered);
  if (end === undefined) return;
  // How soon a call fails does not show how long calls take, but the duration of a timeout does.
  const isTimed = end === 'ok' || end === 'refusal' || (end === 'error' && refusedWith === 'timeout');
  counter.add({ end, ms: isTimed ? seconds * 1000 : undefined, group });
}

/** `undefined` when neither release causes it. */
export function endOf(refusedWith: ErrorCode | undefined, isAnswered: boolean): CallEnd | undefined {
  if (!isAnswered) return 'left';
  if (refusedWith === undefined) return 'ok';
  const { http } = meaningOf(refusedWith);
  if (http >= 500) return 'error';
  return refusals.has(http) ? 'refusal' : undefined;
}
