// The parts of the Hub's answers that the page reads. docs/http-api.md describes them.

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly since: string;
}

export interface Finding {
  readonly code: string;
  readonly slug: string;
  readonly severity: string;
  readonly object: string;
  readonly expected: string;
  readonly actual: string;
  readonly operations?: readonly string[];
  readonly sqlstate?: string;
  readonly locations?: readonly {
    readonly operation: string;
    readonly line: number;
    readonly column: number;
  }[];
  readonly hint: string;
  readonly migration?: string;
  readonly accepted?: { readonly reason: string; readonly until: string };
}

export interface Gate {
  readonly name: string;
  readonly kind: string;
  readonly verdict: string;
  readonly sentence: string;
  readonly help: string | null;
  readonly again: string | null;
  readonly isSkipped?: boolean;
}

export interface Admission {
  readonly environment: string;
  readonly release: string;
  readonly outcome: string;
  readonly reason: string;
  readonly message: string;
  readonly gates: readonly Gate[];
  readonly again: string | null;
}

export interface Status {
  readonly project: string;
  readonly environment: string;
  readonly desired: {
    readonly release: string;
    readonly revision: string;
    readonly by: string;
    readonly at: string;
    /** The reason of a hold. */
    readonly hold?: string;
  } | null;
  readonly serving: { readonly release: string; readonly revision: string; readonly since: string } | null;
  readonly observedRevision: string | null;
  readonly conditions: readonly Condition[];
  readonly admission?: Admission;
  readonly debt?: readonly Debt[];
  readonly triggers?: readonly Trigger[];
  readonly findings: readonly Finding[];
}

/** What a hotfix skipped and nobody has made good yet. */
export interface Debt {
  readonly gate: string;
  readonly due: string;
  readonly overdue: boolean;
  readonly help: string | null;
}

export interface Trigger {
  readonly name: string;
  readonly do: string;
  readonly state: string;
  readonly since: string | null;
  readonly sentence: string;
}

export interface Freeze {
  readonly freeze: string;
  readonly environments: readonly string[] | null;
  readonly reason: string;
  readonly from: string | null;
  readonly until: string | null;
  readonly problem: string | null;
}

export interface Pipeline {
  readonly project: string;
  readonly environments: readonly {
    readonly environment: string;
    readonly from: readonly string[];
    readonly of: string | null;
    readonly gates: readonly { readonly name: string; readonly kind: string }[];
  }[];
  readonly freezes: readonly Freeze[];
}

export interface Change {
  readonly revision: string;
  readonly release: string | null;
  readonly previous: string | null;
  readonly action: string;
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
  readonly subject: string;
}

export interface ListedRelease {
  readonly release: string;
  readonly ref: string | null;
  readonly createdAt: string | null;
  readonly notes: string | null;
  readonly by: string;
  readonly at: string;
}

export interface MatrixRow {
  readonly release: string;
  readonly verdict: string;
  readonly code: string | null;
  readonly object: string | null;
  readonly isRollbackTarget: boolean;
}

export interface AuditEntry {
  readonly version: string | null;
  readonly timestamp: string;
  readonly action: string;
  readonly from_stage: string | null;
  readonly to_stage: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly result: string | null;
  readonly revision: string | null;
}

export interface Me {
  readonly subject: string | null;
  readonly rights: readonly string[];
  /** Environments that this person may approve. */
  readonly approves: readonly string[];
  /** Canaries that this person may promote by hand. */
  readonly overrides: readonly string[];
}

/** Counts, and the bounds of their rate: fractions. */
export interface ArmReading {
  readonly calls: number;
  readonly bad: number;
  readonly lower: number;
  readonly upper: number;
}

export interface CanaryGate {
  readonly name: string;
  readonly verdict: string;
  readonly sentence: string;
  readonly action: string;
  readonly dryRun: boolean;
  readonly canary: ArmReading | null;
  readonly stable: ArmReading | null;
}

export interface Canary {
  readonly environment: string;
  readonly of: string;
  readonly id: string | null;
  readonly release: string | null;
  readonly stable: string | null;
  /** Per cent. */
  readonly weight: number;
  readonly step: number;
  readonly steps: number;
  readonly state: string;
  readonly since: string | null;
  /** Milliseconds. */
  readonly counted: number;
  readonly verdict: string;
  readonly sentence: string;
  readonly gates: readonly CanaryGate[];
}
