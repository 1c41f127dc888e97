// The state of the Hub's environments for the control plane, the metrics and the readiness probe.
import type { Condition } from '../../model/condition.ts';
import type { Explanation } from '../admission/explanation.ts';
import type { Finding } from '../../model/finding.ts';
import type { Trigger, TriggerAction } from '../../model/pipeline/trigger.ts';

export interface DesiredRelease {
  readonly release: string;
  /** The commit that last changed the pointer, its author and committer time (RFC 3339). */
  readonly revision: string;
  readonly by: string;
  readonly at: string;
  /** Only between the two ways of a rollback drill: its id. */
  readonly drill?: string;
  /** Only while the pointer has a hold: its reason. */
  readonly hold?: string;
}

export interface ServingRelease {
  readonly release: string;
  readonly revision: string;
  readonly since: string;
  /** Git blob id of its file, and since when it has been healthy; only with a pipeline. */
  readonly digest?: string;
  readonly healthySince?: string | null;
}

/** Exactly the body of `GET …/environments/{e}`. */
export interface EnvironmentStatus {
  readonly project: string;
  readonly environment: string;
  readonly desired: DesiredRelease | null;
  readonly serving: ServingRelease | null;
  readonly observedRevision: string | null;
  readonly conditions: readonly Condition[];
  /** Admission's decision about the newest move; only with a pipeline. */
  readonly admission?: Explanation;
  /** The open debt of the served hotfix; absent when none exists. */
  readonly debt?: readonly PresentedDebt[];
  /** Whether this Hub acts in the environment; only with a pipeline. Only one of several Hubs acts. */
  readonly leads?: boolean;
  /** Absent when the environment has none, or another Hub watches. */
  readonly triggers?: readonly PresentedTrigger[];
  readonly findings: readonly Finding[];
}

export interface PresentedDebt {
  readonly gate: string;
  /** RFC 3339. */
  readonly since: string;
  readonly due: string;
  readonly overdue: boolean;
  /** The command that helps; `null` when only time helps, or nothing. */
  readonly help: string | null;
}

export interface PresentedTrigger {
  readonly name: string;
  readonly kind: Trigger['test']['kind'];
  readonly do: TriggerAction;
  /** `unknown`: not checked yet. */
  readonly state: 'quiet' | 'failing' | 'firing' | 'error' | 'unknown';
  /** RFC 3339: since when it fires, or its question fails; `null` when neither. */
  readonly since: string | null;
  /** The result, and while it fires the consequence. */
  readonly sentence: string;
}
