// The facts that gates need about one release that is to enter one environment. Plain values: other code collects them
// from git, records and Hubs, and gates only read them.
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

/** The value, or why it could not be read. */
export type Known<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export interface GateFacts {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly environment: string;
  readonly release: ReleaseFacts;
  /** Mails of all authors and co-authors of the move (the pointer's change), or the token's subject. */
  readonly moveAuthors: readonly string[];
  readonly evidence: Known<Evidence>;
  /** One for each environment of `from`, in its order. */
  readonly sources: readonly SourceFacts[];
  /** Counting backups of the environment; `undefined` when no gate needs them. */
  readonly backups?: Known<readonly Counting<BackupRecord>[]> | undefined;
  /** Problems of the environment's migrations for this release; `undefined` when no gate needs them, or it has none. */
  readonly migrations?: Known<readonly Finding[]> | undefined;
  /** Evaluations of this content and of what other environments serve; `undefined` when no gate needs them. */
  readonly evaluations?: Known<EvaluationFacts> | undefined;
  /** The health of environments, by `healthKeyOf` of the question; `undefined` when no gate needs it. */
  readonly health?: ReadonlyMap<string, Known<HealthSpan>> | undefined;
  /** `undefined` when no gate needs them. */
  readonly variables?: VariableFacts | undefined;
  /** The commit that wrote the pointer's `hotfix` key; `undefined` when the move is not a hotfix. */
  readonly hotfix?: string | undefined;
  /** Open incidents; `undefined` when no gate needs them. */
  readonly incidents?: Known<readonly OpenIncident[]> | undefined;
  /** The state of this content in the canary among the environments of `from`; `undefined` when none of them is a canary. */
  readonly canary?: Known<CanaryHistory> | undefined;
}

/** The question of a gate of the kind `healthy`. */
export interface HealthQuestion {
  readonly environment: string;
  /** How far back, in milliseconds. */
  readonly forMs: number;
  /** Whether calls matter. */
  readonly hasCalls: boolean;
  /** The quantile of call durations. */
  readonly quantile: number;
  /** The URL of the Prometheus server that counts calls; `undefined` when this Hub counts them. */
  readonly prometheus: string | undefined;
}

/** The health of an environment in the requested time. */
export interface HealthSpan {
  /** The start of recording, milliseconds since 1970; `undefined` when nothing is recorded. */
  readonly since: number | undefined;
  /** Healthy milliseconds within the requested time. */
  readonly healthyMs: number;
  /** `undefined` when not requested. */
  readonly calls: SpanCalls | undefined;
}

export interface SpanCalls {
  readonly calls: number;
  readonly errors: number;
  /** The requested quantile in milliseconds, at most 5 % too large; `Infinity` above 60 s. `undefined` without durations. */
  readonly quantileMs: number | undefined;
}

/** The newest decisive event of a canary, from the records. */
export interface CanaryHistory {
  /** The canary environment. */
  readonly environment: string;
  /** False when nothing is analysed there, so that nothing passes automatically. */
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
        /** Its path on the records branch, or '' until it is written. */
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
  /** The variables that are set, of these and of those that gates list. */
  readonly set: ReadonlySet<string>;
}

export interface ReleaseFacts {
  readonly id: string;
  /** Git blob id of its file. */
  readonly digest: string;
  readonly ref: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Empty when it has none. */
  readonly notes: string;
  /** Mails of all authors of changes of its file. */
  readonly authors: readonly string[];
}

/** Records of this content that count, the oldest first in the order of their branch. */
export interface Evidence {
  readonly checks: readonly Counting<CheckRecord>[];
  /**
   * Judgements for this environment. They count by author, digest and date; the gate itself checks the role of their
   * author.
   */
  readonly judgements: readonly Counting<ApprovalRecord | RejectionRecord>[];
  /** In any environment. */
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
   * This environment's relation to this content: it serves it `now`; it served it and left it by a promotion or by a
   * rollback; it `never` served it.
   */
  readonly presence: 'now' | 'promoted-away' | 'rolled-back' | 'never';
  /**
   * When it served this content healthily without interruption. `until` is undefined when it still does. Milliseconds
   * since 1970.
   */
  readonly healthy: readonly { readonly since: number; readonly until: number | undefined }[];
  /** The result of its smoke tests there; `none` when none exist. Absent when unknown. */
  readonly smoke?: 'passed' | 'failed' | 'none' | undefined;
}

export interface OpenIncident {
  readonly incident: string;
  readonly severity: IncidentSeverity;
  readonly areas: readonly string[];
  /** Milliseconds since 1970. */
  readonly opened: number;
}
