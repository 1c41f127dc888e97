// What gates take as facts about one release that wants to enter one environment. Plain values: whoever reads git, records
// and Hubs makes them, and no gate asks anything itself.
import type { IncidentSeverity } from './incident.ts';
import type { Finding } from '../finding.ts';
import type {
  ApprovalRecord,
  BackupRecord,
  CheckRecord,
  DrillRecord,
  EvaluationRecord,
  RejectionRecord,
} from './record.ts';

/** What could be read, or why it could not. */
export type Known<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export interface GateFacts {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly environment: string;
  readonly release: ReleaseFacts;
  /** Mails of everybody who authored or co-authored the move (the pointer's change), or the token's subject. */
  readonly moveAuthors: readonly string[];
  readonly evidence: Known<Evidence>;
  /** One for each environment of `from`, in its order. */
  readonly sources: readonly SourceFacts[];
  /** Backups of the environment that count; `undefined` when no gate asks. */
  readonly backups?: Known<readonly Counting<BackupRecord>[]> | undefined;
  /** What is wrong with the migrations of the environment for this release; `undefined` when no gate asks, or it has none. */
  readonly migrations?: Known<readonly Finding[]> | undefined;
  /** Evaluations of this content and of what other environments serve; `undefined` when no gate asks. */
  readonly evaluations?: Known<EvaluationFacts> | undefined;
  /** How environments did, by `healthKeyOf` of the question; `undefined` when no gate asks. */
  readonly health?: ReadonlyMap<string, Known<HealthSpan>> | undefined;
  /** `undefined` when no gate asks. */
  readonly variables?: VariableFacts | undefined;
  /** The commit that wrote the pointer's `hotfix` key; `undefined` when the move is not a hotfix. */
  readonly hotfix?: string | undefined;
  /** Those that nobody has closed; `undefined` when no gate asks. */
  readonly incidents?: Known<readonly OpenIncident[]> | undefined;
  /** What the canary among the environments of `from` says of this content; `undefined` when none of them is one. */
  readonly canary?: Known<CanaryHistory> | undefined;
}

/** What a gate of the kind `healthy` asks about. */
export interface HealthQuestion {
  readonly environment: string;
  /** How far back, in milliseconds. */
  readonly forMs: number;
  /** Whether calls are asked about. */
  readonly hasCalls: boolean;
  /** Of the duration of calls. */
  readonly quantile: number;
  /** The URL of the Prometheus server that counts calls; `undefined` when this Hub does. */
  readonly prometheus: string | undefined;
}

/** How an environment did in the time that was asked about. */
export interface HealthSpan {
  /** Since when it is recorded, milliseconds since 1970; `undefined` when nothing is. */
  readonly since: number | undefined;
  /** Milliseconds of the time that was asked about. */
  readonly healthyMs: number;
  /** `undefined` when none were asked about. */
  readonly calls: SpanCalls | undefined;
}

export interface SpanCalls {
  readonly calls: number;
  readonly errors: number;
  /** The quantile that was asked about, in milliseconds, at most 5 % too large; `Infinity` beyond 60 s. `undefined` when none had one. */
  readonly quantileMs: number | undefined;
}

/** The newest event of a canary that settles something, as the records tell it. */
export interface CanaryHistory {
  /** The canary environment. */
  readonly environment: string;
  /** False: nothing is analysed there, so that nothing passes by itself. */
  readonly hasAnalysis: boolean;
  /** Roles that may promote an undecided canary. */
  readonly override: readonly string[];
  readonly newest:
    | {
        readonly outcome: 'started' | 'passed' | 'failed' | 'aborted';
        /** The analysis ended without a verdict: a person decides. */
        readonly isUndecided: boolean;
        readonly sentence: string;
        readonly at: number;
        /** Its path on the records branch, or '' while it waits for it. */
        readonly path: string;
      }
    | undefined;
}

/** In the order of the records branch, the oldest first. */
export interface EvaluationFacts {
  readonly own: readonly Counting<EvaluationRecord>[];
  /** By the environment that a gate compares with; `null` when it serves nothing. */
  readonly against: ReadonlyMap<string, Known<ComparedEvaluations | null>>;
}

export interface ComparedEvaluations {
  /** The release that the environment serves. */
  readonly release: string;
  readonly evaluations: readonly Counting<EvaluationRecord>[];
}

/** Environment variables of this Hub, by name. */
export interface VariableFacts {
  /** Those that stk.yaml and the release name by `…From`. */
  readonly named: readonly string[];
  /** Of these and of those that gates list: the ones that are set. */
  readonly set: ReadonlySet<string>;
}

export interface ReleaseFacts {
  readonly id: string;
  /** Git blob id of its file. */
  readonly digest: string;
  readonly ref: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Empty: it has none. */
  readonly notes: string;
  /** Mails of everybody who authored a change of its file. */
  readonly authors: readonly string[];
}

/** Records that count and speak of this content, the oldest first in the order of their branch. */
export interface Evidence {
  readonly checks: readonly Counting<CheckRecord>[];
  /**
   * Those for this environment. They count by author, digest and date; whether their author holds the role that a gate
   * asks for is judged by the gate.
   */
  readonly judgements: readonly Counting<ApprovalRecord | RejectionRecord>[];
  /** In whatever environment. */
  readonly drills?: readonly Counting<DrillRecord>[];
}

export interface Counting<R> {
  /** Its path on the records branch. */
  readonly path: string;
  readonly record: R;
}

export interface SourceFacts {
  readonly environment: string;
  readonly state: Known<SourceState>;
}

export interface SourceState {
  /**
   * What this environment has to do with this content: it serves it `now`; it served it and left it by a promotion or by a
   * rollback; it `never` did.
   */
  readonly presence: 'now' | 'promoted-away' | 'rolled-back' | 'never';
  /** When it served this content healthily without interruption. `until` undefined: it still does. Milliseconds since 1970. */
  readonly healthy: readonly { readonly since: number; readonly until: number | undefined }[];
  /** How its smoke tests ended there; `none`: there are none. Absent: not known. */
  readonly smoke?: 'passed' | 'failed' | 'none' | undefined;
}

export interface OpenIncident {
  readonly incident: string;
  readonly severity: IncidentSeverity;
  readonly areas: readonly string[];
  /** Milliseconds since 1970. */
  readonly opened: number;
}
