// What the Hub knows of its environments, as the control plane, the metrics and the readiness probe show it.
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
  /** Only while a rollback drill has gone back and not yet forward: its id. */
  readonly drill?: string;
  /** Only while the pointer has a hold: its reason. */
  readonly hold?: string;
}

export interface ServingRelease {
  readonly release: string;
  readonly revision: string;
  readonly since: string;
  /** Git blob id of its file, and since when it has been healthy: where a pipeline is configured. */
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
  /** What admission said of the newest move, where a pipeline is configured. */
  readonly admission?: Explanation;
  /** What the hotfix that is served skipped and nobody has made good yet; absent: nothing. */
  readonly debt?: readonly PresentedDebt[];
  /** Whether this Hub acts in the environment, where a pipeline is configured: of several Hubs one does. */
  readonly leads?: boolean;
  /** Absent: the environment has none, or another Hub watches. */
  readonly triggers?: readonly PresentedTrigger[];
  readonly findings: readonly Finding[];
}

export interface PresentedDebt {
  readonly gate: string;
  /** RFC 3339. */
  readonly since: string;
  readonly due: string;
  readonly overdue: boolean;
  /** The command that helps; `null` means time, or nothing. */
  readonly help: string | null;
}

export interface PresentedTrigger {
  readonly name: string;
  readonly kind: Trigger['test']['kind'];
  readonly do: TriggerAction;
  /** `unknown`: it was not looked at yet. */
  readonly state: 'quiet' | 'failing' | 'firing' | 'error' | 'unknown';
  /** RFC 3339: since when it fires, or its question fails; `null` when it does neither. */
  readonly since: string | null;
  /** What was found, and while it fires what follows. */
  readonly sentence: string;
}
