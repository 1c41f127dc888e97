// A refused request as a value, and its RFC 9457 problem document.
import type { Finding } from '../../model/finding.ts';
import { type ErrorCode, meaningOf, type StkError } from '../../kernel/errors.ts';

export interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly hint?: string | undefined;
  readonly environment?: string | undefined;
  readonly release?: string | undefined;
  readonly revision?: string | undefined;
  readonly operation?: string | undefined;
  readonly findings?: readonly Finding[] | undefined;
  readonly errors?: readonly unknown[] | undefined;
  /** Earlier releases of the environment that fit its database right now, newest first. */
  readonly rollbackTargets?: readonly string[] | undefined;
  /** For an environment with gates: each with its verdict, and the admission's decision on the move. */
  readonly gates?: readonly unknown[] | undefined;
  readonly outcome?: string | undefined;
  readonly reason?: string | undefined;
  /** When HTTP has a special status for the case, e.g. 408. */
  readonly status?: number;
  /** Additional headers of this answer, name and value alternating. */
  readonly headers?: readonly string[];
}

const titles: ReadonlyMap<ErrorCode, string> = new Map<ErrorCode, string>([
  ['malformed', 'The request is malformed'],
  ['invalid-input', 'The input is not valid'],
  ['unauthenticated', 'The caller is not known'],
  ['forbidden', 'Not permitted'],
  ['cross-origin', 'Requests from other origins are refused'],
  ['foreign-host', 'The Hub does not answer to this host name'],
  ['unknown-route', 'The route does not exist'],
  ['method-not-allowed', 'The route does not have this method'],
  ['too-large', 'The request is too large'],
  ['unsupported-media-type', 'The body must be application/json'],
  ['too-many-requests', 'Too many requests at once'],
  ['no-row', 'No row'],
  ['incompatible', 'The release does not fit the database'],
  ['gate-not-met', 'A gate is not met'],
  ['constraint', 'A constraint of the database refused the change'],
  ['raised', 'The operation refused the request'],
  ['other-release', 'Another release is served'],
  ['too-many-rows', 'The operation found too many rows'],
  ['not-active', 'Nothing is served yet'],
  ['internal', 'The Hub could not answer'],
  ['timeout', 'The answer took too long'],
]);

/** Seconds after which a client should retry. */
const retryAfter: ReadonlyMap<ErrorCode, number> = new Map<ErrorCode, number>([
  ['serialization', 0],
  ['too-many-requests', 1],
  ['overloaded', 1],
  ['not-active', 2],
]);

export function statusOf(refusal: Refusal): number {
  return refusal.status ?? meaningOf(refusal.code).http;
}

/** Retry-After of a 429 or 503, in seconds; `undefined` for every other answer. */
export function retryAfterOf(refusal: Refusal): number | undefined {
  const status = statusOf(refusal);
  return status === 429 || status === 503 ? (retryAfter.get(refusal.code) ?? 5) : undefined;
}

/** The problem document as JSON text. */
export function formatProblem(refusal: Refusal): string {
  return JSON.stringify({
    type: `urn:stk:problem:${refusal.code}`,
    title: titles.get(refusal.code) ?? refusal.code.replaceAll('-', ' '),
    status: statusOf(refusal),
    detail: refusal.detail,
    code: refusal.code,
    retryable: meaningOf(refusal.code).retryable,
    hint: refusal.hint,
    environment: refusal.environment,
    release: refusal.release,
    revision: refusal.revision,
    operation: refusal.operation,
    findings: refusal.findings,
    errors: refusal.errors,
    rollbackTargets: refusal.rollbackTargets,
    outcome: refusal.outcome,
    reason: refusal.reason,
    gates: refusal.gates,
  });
}

/**
 * An expected refusal keeps its message; that of `internal` is only logged, because it may contain what a client must
 * not see.
 */
export function refusalOf(error: StkError): Refusal {
  const { details } = error;
  if (error.code === 'internal')
    return { code: 'internal', detail: 'Something went wrong inside the Hub; see its log.' };
  const { findings, errors, problems, rollbackTargets, gates } = details;
  return {
    code: error.code,
    detail: error.message,
    hint: error.hint,
    environment: textOf(details['environment']),
    release: textOf(details['release']),
    revision: textOf(details['revision'] ?? details['movedIn']),
    operation: textOf(details['operation']),
    findings: isFindings(findings) ? findings : undefined,
    rollbackTargets: isTexts(rollbackTargets) ? rollbackTargets : undefined,
    gates: Array.isArray(gates) ? gates : undefined,
    outcome: textOf(details['outcome']),
    reason: error.code === 'gate-not-met' ? textOf(details['reason']) : undefined,
    errors: Array.isArray(errors) ? errors : Array.isArray(problems) ? problems : undefined,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item: unknown) => typeof item === 'string');
}

function isFindings(value: unknown): value is readonly Finding[] {
  return Array.isArray(value) && value.every((item: unknown) => typeof item === 'object' && item !== null);
}
