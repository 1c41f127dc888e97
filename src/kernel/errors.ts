// The one error type and the one table that says what each code means over HTTP, for a shell and for
// the reconciler. docs/errors.md documents the same table; a test holds the two together.

/** What a reconcile does when it meets the error: a person must act, look again by itself, or wait for a change. */
export type Outcome = 'refuse' | 'retry' | 'wait';

export interface ErrorMeaning {
  readonly http: number;
  readonly exit: number;
  readonly outcome: Outcome;
  /** Whether the same request may succeed later without anybody changing anything. */
  readonly retryable: boolean;
}

const meaning = (http: number, exit: number, outcome: Outcome, retryable = false): ErrorMeaning => ({
  http,
  exit,
  outcome,
  retryable,
});

export const errorTable = {
  // Requests
  malformed: meaning(400, 2, 'refuse'),
  'invalid-input': meaning(400, 2, 'refuse'),
  unauthenticated: meaning(401, 3, 'refuse'),
  forbidden: meaning(403, 3, 'refuse'),
  'cross-origin': meaning(403, 3, 'refuse'),
  'foreign-host': meaning(403, 3, 'refuse'),
  'unknown-route': meaning(404, 4, 'refuse'),
  'unknown-project': meaning(404, 4, 'refuse'),
  'unknown-environment': meaning(404, 4, 'refuse'),
  'unknown-release': meaning(404, 4, 'wait'),
  'unknown-operation': meaning(404, 4, 'refuse'),
  'no-row': meaning(404, 4, 'refuse'),
  'method-not-allowed': meaning(405, 2, 'refuse'),
  'not-acceptable': meaning(406, 2, 'refuse'),
  'too-large': meaning(413, 2, 'refuse'),
  'unsupported-media-type': meaning(415, 2, 'refuse'),
  'too-many-requests': meaning(429, 5, 'retry', true),

  // Releases and pointers
  incompatible: meaning(409, 3, 'wait'),
  'release-invalid': meaning(409, 3, 'wait'),
  'release-mutated': meaning(409, 3, 'wait'),
  'pointer-invalid': meaning(409, 3, 'wait'),
  'project-invalid': meaning(409, 2, 'wait'),
  'insecure-project': meaning(409, 3, 'wait'),
  conflict: meaning(409, 3, 'retry', true),
  constraint: meaning(409, 3, 'refuse'),
  'other-release': meaning(412, 3, 'refuse'),
  raised: meaning(422, 3, 'refuse'),
  'too-many-rows': meaning(500, 1, 'refuse'),

  // The world
  internal: meaning(500, 1, 'refuse'),
  'not-active': meaning(503, 5, 'retry', true),
  'database-unavailable': meaning(503, 5, 'retry', true),
  indeterminate: meaning(503, 5, 'retry', true),
  serialization: meaning(503, 5, 'retry', true),
  overloaded: meaning(503, 5, 'retry', true),
  'shutting-down': meaning(503, 5, 'retry', true),
  timeout: meaning(504, 5, 'retry', true),

  // The command line and the machine it runs on
  usage: meaning(400, 2, 'refuse'),
  'not-a-config-repo': meaning(400, 2, 'refuse'),
  'git-missing': meaning(500, 2, 'refuse'),
  'git-identity': meaning(400, 2, 'refuse'),
  'git-ownership': meaning(400, 2, 'refuse'),
  'git-shallow': meaning(400, 2, 'refuse'),
  'git-format': meaning(400, 2, 'refuse'),
  'git-ref': meaning(400, 2, 'refuse'),
  'git-dirty': meaning(400, 2, 'refuse'),
  'git-corrupt': meaning(500, 1, 'wait'),
  'push-refused': meaning(409, 3, 'refuse'),
  'git-failed': meaning(500, 1, 'retry'),
  'git-unavailable': meaning(503, 5, 'retry', true),
  'hub-unavailable': meaning(503, 5, 'retry', true),
  'not-served-in-time': meaning(504, 5, 'retry', true),
  'secret-unset': meaning(400, 2, 'wait'),
  'state-locked': meaning(409, 2, 'refuse'),
  'insecure-listener': meaning(400, 2, 'refuse'),
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

/** Any thrown value as a StkError: itself, or `internal` with the original as its cause. */
export function asStkError(thrown: unknown): StkError {
  if (thrown instanceof StkError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StkError('internal', message, { cause: thrown });
}
