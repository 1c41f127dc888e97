// The one error type, and the one table of what each code means over HTTP and for a shell. docs/errors.md documents the
// same table; a test compares the two. What a reconcile retries is another table: reconciler/status/reasons.ts.
import { explainSystemError } from './system-error.ts';

export interface ErrorMeaning {
  readonly http: number;
  readonly exit: number;
  /** Whether the same request may succeed later without a change by anybody. */
  readonly retryable: boolean;
}

const meaning = (http: number, exit: number, retryable = false): ErrorMeaning => ({ http, exit, retryable });

export const errorTable = {
  // Requests
  malformed: meaning(400, 2),
  'invalid-input': meaning(400, 2),
  unauthenticated: meaning(401, 3),
  forbidden: meaning(403, 3),
  'cross-origin': meaning(403, 3),
  'foreign-host': meaning(403, 3),
  'unknown-route': meaning(404, 4),
  'unknown-project': meaning(404, 4),
  'unknown-environment': meaning(404, 4),
  'unknown-release': meaning(404, 4),
  'unknown-operation': meaning(404, 4),
  'unknown-freeze': meaning(404, 4),
  'unknown-incident': meaning(404, 4),
  'no-row': meaning(404, 4),
  'method-not-allowed': meaning(405, 2),
  'too-large': meaning(413, 2),
  'unsupported-media-type': meaning(415, 2),
  'too-many-requests': meaning(429, 5, true),

  // Releases and pointers
  incompatible: meaning(409, 3),
  'release-invalid': meaning(409, 3),
  'release-mutated': meaning(409, 3),
  'pointer-invalid': meaning(409, 3),
  'project-invalid': meaning(409, 2),
  'insecure-project': meaning(409, 3),
  conflict: meaning(409, 3, true),
  constraint: meaning(409, 3),
  'other-release': meaning(412, 3),
  'smoke-failed': meaning(422, 3),
  raised: meaning(422, 3),
  'gate-not-met': meaning(422, 3),
  'too-many-rows': meaning(500, 1),

  // The world
  internal: meaning(500, 1),
  'not-active': meaning(503, 5, true),
  'database-unavailable': meaning(503, 5, true),
  indeterminate: meaning(503, 5, true),
  serialization: meaning(503, 5, true),
  overloaded: meaning(503, 5, true),
  'shutting-down': meaning(503, 5, true),
  timeout: meaning(504, 5, true),

  // The command line and the machine it runs on
  usage: meaning(400, 2),
  'not-a-config-repo': meaning(400, 2),
  'git-missing': meaning(500, 2),
  'git-identity': meaning(400, 2),
  'git-ownership': meaning(400, 2),
  'git-shallow': meaning(400, 2),
  'git-format': meaning(400, 2),
  'git-ref': meaning(400, 2),
  'git-dirty': meaning(400, 2),
  'uncommitted-changes': meaning(409, 3),
  'git-corrupt': meaning(500, 1),
  'push-refused': meaning(409, 3),
  'signing-failed': meaning(500, 2),
  'signing-key-missing': meaning(409, 3),
  'git-failed': meaning(500, 1),
  'git-unavailable': meaning(503, 5, true),
  'hub-unavailable': meaning(503, 5, true),
  'not-served-in-time': meaning(504, 5, true),
  'forge-refused': meaning(409, 3),
  'forge-unavailable': meaning(503, 5, true),
  'secret-unset': meaning(400, 2),
  'state-locked': meaning(409, 2),
  'insecure-listener': meaning(400, 2),
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof errorTable;

export interface StkErrorOptions {
  /** What to do next; a command where there is one. */
  readonly hint?: string;
  /** Facts for machines: environment, release, revision, operation, findings, errors, … Never SQL, never a row's value. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error that says what happened (`message`, with the values), what to do next (`hint`) and what kind it is (`code`). */
export class StkError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: StkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StkError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** What `code` means; see {@link errorTable}. */
export function meaningOf(code: ErrorCode): ErrorMeaning {
  return errorTable[code];
}

/**
 * Any thrown value as a StkError: itself, or `internal` with the original as its cause. Explains errors of the
 * operating system.
 */
export function asStkError(thrown: unknown): StkError {
  if (thrown instanceof StkError) return thrown;
  const refusal = explainSystemError(thrown);
  if (refusal !== undefined)
    return new StkError('internal', refusal.message, { hint: refusal.hint, cause: thrown });
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StkError('internal', message, { cause: thrown });
}
