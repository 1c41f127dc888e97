// The message of a pointer's or release's commit: a subject for people, trailers for machines. Also judges the
// operator's reason, so that its text cannot become another trailer.
import { StkError } from '../kernel/errors.ts';
import type { MovePlan } from './plan.ts';

/** Most characters of a reason. */
const maxReasonLength = 500;

/**
 * Characters that are not allowed in one line of text: control characters, line separators, bidi overrides, lone
 * surrogates.
 */
const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\u180e\u200b\u2060-\u2064\ufeff\u{e0000}-\u{e01ef}\p{Cs}]/u;

export type ReasonOutcome =
  /** `undefined` when it is absent or blank. */
  | { readonly kind: 'ok'; readonly reason: string | undefined }
  | { readonly kind: 'refused'; readonly error: StkError };

/** One printable line of at most {@link maxReasonLength} characters, trimmed; otherwise `malformed`. */
export function parseReason(text: string | undefined): ReasonOutcome {
  const reason = text?.replaceAll(/^ +| +$/g, '');
  if (reason === undefined || reason === '') return { kind: 'ok', reason: undefined };
  const problem = reasonProblem(reason);
  if (problem === undefined) return { kind: 'ok', reason };
  const hint = `Give the reason as one plain line of at most ${maxReasonLength} characters.`;
  return { kind: 'refused', error: new StkError('malformed', problem, { hint }) };
}

function reasonProblem(reason: string): string | undefined {
  const place = reason.search(unprintable);
  if (place >= 0) {
    const code = (reason.codePointAt(place) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `the reason has a line break or control character (U+${code}) at position ${place + 1}`;
  }
  const length = [...reason].length;
  return length > maxReasonLength
    ? `the reason has ${length} characters; at most ${maxReasonLength} are kept`
    : undefined;
}

export interface CommitFacts {
  /** From parseReason. */
  readonly reason?: string | undefined;
  /** The requester, when that is not the commit's author: the subject of a Hub's token. */
  readonly actor?: string | undefined;
  /** Fingerprint of the database schema that the check judged. */
  readonly fingerprint?: string | undefined;
  /** True when the Hub did not check it (`--no-check`). */
  readonly unchecked?: boolean | undefined;
  /** Why the Hub undid the release: `smoke`, `canary`, `trigger`; `undefined` when a person requested the move. */
  readonly cause?: string | undefined;
  /** Further trailers by name: the basis of the Hub's decision. */
  readonly further?: ReadonlyMap<string, string> | undefined;
}

/** `promote(prod): v1.0.0 -> v1.1.0`; `promote(prod): v1.1.0` when there was no release before. */
function formatSubject({ action, environment, from, to, keys }: MovePlan): string {
  const move = from === undefined || from === to ? to : `${from} -> ${to}`;
  const isHotfix = keys?.hotfix !== undefined && keys.hotfix !== null;
  return `${isHotfix ? 'hotfix' : action}(${environment}): ${move}`;
}

/** Subject, blank line and trailers, each value on one line; absent values are left out. */
export function formatCommitMessage(plan: MovePlan, facts: CommitFacts = {}): string {
  const trailers: readonly (readonly [string, string | undefined])[] = [
    ['Stk-Action', plan.action],
    ['Stk-Environment', plan.environment],
    ['Stk-From', plan.from],
    ['Stk-To', plan.to],
    ['Stk-Source', plan.source],
    ['Stk-Cause', facts.cause],
    ['Stk-Reason', facts.reason],
    ['Stk-Actor', facts.actor],
    ['Stk-Fingerprint', facts.fingerprint],
    ['Stk-Unchecked', facts.unchecked === true ? 'true' : undefined],
    ...(facts.further ?? []),
  ];
  const lines = trailers.flatMap(([name, value]) => {
    const line = value === undefined ? '' : toOneLine(value);
    return line === '' ? [] : [`${name}: ${line}`];
  });
  return `${toOneLine(formatSubject(plan))}\n\n${lines.join('\n')}\n`;
}

export interface CutFacts {
  readonly release: string;
  /** The application's ref, as recorded. */
  readonly ref: string;
  /** Environment whose live database gave the schema; `undefined` for the application's migrations. */
  readonly schemaFrom: string | undefined;
}

/** `release: cut v1.2.0` and its trailers. */
export function formatCutMessage({ release, ref, schemaFrom }: CutFacts): string {
  const lines = [
    'Stk-Action: cut',
    `Stk-Release: ${toOneLine(release)}`,
    `Stk-Ref: ${toOneLine(ref)}`,
    ...(schemaFrom === undefined ? [] : [`Stk-Schema-From: ${toOneLine(schemaFrom)}`]),
  ];
  return `release: cut ${toOneLine(release)}\n\n${lines.join('\n')}\n`;
}

export type StopAction = 'freeze' | 'halt' | 'unfreeze' | 'veto' | 'unveto' | 'resume' | 'incident';

export interface StopFacts {
  readonly action: StopAction;
  /** The freeze, the release or the environment. */
  readonly subject: string;
  readonly reason: string | undefined;
  readonly actor: string | undefined;
}

/** `freeze(prod-20261129-1): holidays` and its trailers. */
export function formatStopMessage({ action, subject, reason, actor }: StopFacts): string {
  const said = reason === undefined ? '' : `: ${toOneLine(reason).slice(0, 100)}`;
  const lines = [
    `Stk-Action: ${action}`,
    ...(reason === undefined ? [] : [`Stk-Reason: ${toOneLine(reason)}`]),
    ...(actor === undefined ? [] : [`Stk-Actor: ${toOneLine(actor)}`]),
  ];
  return `${action}(${toOneLine(subject)})${said}\n\n${lines.join('\n')}\n`;
}

/** The last defence: any value stays on its own line. */
function toOneLine(value: string): string {
  const everyUnprintable = new RegExp(unprintable.source, 'gu');
  return value.replaceAll(everyUnprintable, ' ').trim().slice(0, 1000);
}
