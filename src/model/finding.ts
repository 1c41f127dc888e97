// A finding: one incompatibility between a release and a database, under a stable code.

export type Severity = 'block' | 'warn' | 'info';

export interface Finding {
  /** Stable and never reused: family and number, e.g. COL001. docs/findings.md has one section for each. */
  readonly code: string;
  /** The code in words, e.g. column-missing. */
  readonly slug: string;
  readonly severity: Severity;
  /** What is affected, qualified as an operator would write it: `public.customers.tier`. */
  readonly object: string;
  readonly expected: string;
  readonly actual: string;
  /** Names of the affected operations, sorted. */
  readonly operations: readonly string[];
  readonly sqlstate?: string;
  /** What would fix it. */
  readonly hint: string;
  /** Positions in an operation's SQL, 1-based, when PostgreSQL or the parser reported them. */
  readonly locations?: readonly {
    readonly operation: string;
    readonly line: number;
    readonly column: number;
  }[];
  /** A statement that would make the database fit; a suggestion that stk never runs. */
  readonly migration?: string;
  /** The environment's `accept:` entry that accepts this finding. */
  readonly accepted?: { readonly reason: string; readonly until: string };
}

export function isBlocking(finding: Finding): boolean {
  return finding.severity === 'block' && finding.accepted === undefined;
}
