// A record: an observation or decision about a release, one small document on the records branch. Values only; times
// are milliseconds since 1970 (UTC), in any notation of the file.
import type { JsonObject } from '../../kernel/json.ts';

export const recordKinds = [
  'check',
  'approval',
  'rejection',
  'event',
  'incident',
  'evaluation',
  'backup',
  'drill',
] as const;
export type RecordKind = (typeof recordKinds)[number];

export type LedgerRecord =
  | CheckRecord
  | ApprovalRecord
  | RejectionRecord
  | EventRecord
  | IncidentRecord
  | EvaluationRecord
  | BackupRecord
  | DrillRecord;

interface RecordOf<Kind extends RecordKind> {
  readonly record: Kind;
  /** The release that it is about; for a backup and a drill, the one that the environment served. */
  readonly release: string;
  /** Git blob id of the release file: the record only counts for this content. */
  readonly digest: string;
  readonly at: number;
  /** Mail or token subject of its author. */
  readonly by: string;
  /** `hub`: the Hub wrote it for an authenticated caller. */
  readonly through?: 'hub' | undefined;
}

export interface CheckRecord extends RecordOf<'check'> {
  readonly name: string;
  readonly status: 'passed' | 'failed';
  readonly values: ReadonlyMap<string, number>;
  readonly runId?: string | undefined;
  readonly url?: string | undefined;
  /** Commit of the application, 7 hexadecimal digits or more. */
  readonly commit?: string | undefined;
}

/** The common part of an approval and a rejection. */
interface JudgementOf<Kind extends 'approval' | 'rejection'> extends RecordOf<Kind> {
  readonly environment: string;
  readonly comment?: string | undefined;
  /** The commit that wrote the pointer's `hotfix` key: it only counts for that hotfix. */
  readonly hotfix?: string | undefined;
  /** The name of a gate: it only counts for that gate. */
  readonly gate?: string | undefined;
}
export type ApprovalRecord = JudgementOf<'approval'>;
export type RejectionRecord = JudgementOf<'rejection'>;

export const moveClasses = ['promotion', 'rollback', 'hotfix'] as const;
export type MoveClass = (typeof moveClasses)[number];

/** What the Hub decided or did: moves and health, canaries, bakes, triggers, proposals. */
export const eventWords = [
  'admitted',
  'waiting',
  'refused',
  'activated',
  'smoke-failed',
  'healthy',
  'unhealthy',
  'canary-started',
  'canary-step',
  'canary-verdict',
  'canary-paused',
  'canary-resumed',
  'canary-passed',
  'canary-failed',
  'canary-aborted',
  'bake-passed',
  'bake-breached',
  'trigger-fired',
  'trigger-ended',
  'trigger-error',
  'proposed',
] as const;
export type EventWord = (typeof eventWords)[number];

export interface EventRecord extends RecordOf<'event'> {
  readonly environment: string;
  readonly event: EventWord;
  readonly class: MoveClass;
  /** The pointer commit that it is about. */
  readonly revision: string;
  /** The environment that the release came from. */
  readonly from?: string | undefined;
  readonly gates?: readonly EventGate[] | undefined;
  readonly reason?: string | undefined;
  readonly actor?: string | undefined;
  /** Gates that a hotfix skipped and that still have to pass. */
  readonly debt?: readonly EventDebt[] | undefined;
  /** When the described state began; events with the same environment, revision, word and `since` count once. */
  readonly since?: number | undefined;
  /** The counts of a canary or a bake, and the bounds computed from them. */
  readonly counts?: JsonObject | undefined;
  readonly bounds?: JsonObject | undefined;
  readonly sentence?: string | undefined;
  /** The name of the trigger that it is about. */
  readonly trigger?: string | undefined;
}

export const gateVerdicts = ['pass', 'fail', 'pending', 'error'] as const;

export interface EventGate {
  readonly name: string;
  readonly kind: string;
  readonly verdict: (typeof gateVerdicts)[number];
  readonly sentence?: string | undefined;
  /** Paths of the records that it is based on. */
  readonly evidence?: readonly string[] | undefined;
}

export interface EventDebt {
  readonly gate: string;
  readonly since: number;
  readonly due: number;
  readonly overdue: boolean;
}

export interface IncidentRecord extends RecordOf<'incident'> {
  /** Name of the incident: its file under `incidents/` without `.md`. */
  readonly incident: string;
  readonly action: 'note' | 'close';
  readonly text: string;
}

export interface EvaluationRecord extends RecordOf<'evaluation'> {
  readonly name: string;
  /** The set of cases that was used. */
  readonly set: string;
  readonly mean: number;
  readonly cases: number;
  /** Score of each case, by its id. */
  readonly scores?: ReadonlyMap<string, number> | undefined;
}

export interface BackupRecord extends RecordOf<'backup'> {
  readonly environment: string;
  /** Bytes. */
  readonly size: number;
  readonly location: string;
  readonly verified: boolean;
}

export interface DrillRecord extends RecordOf<'drill'> {
  readonly environment: string;
  /** The release that the drill rolled back to. */
  readonly to: string;
  readonly decideMs: number;
  readonly serveMs: number;
  readonly verifyMs: number;
  readonly result: 'passed' | 'failed';
  /** Path of the drill's document on the followed branch. */
  readonly document?: string | undefined;
}
