// The governed path of a project: the settings in stk.yaml for people, gates, records and trust. Durations are
// milliseconds.
import type { AutoSettings } from './auto.ts';
import type { BakeSettings, CanarySettings } from './canary.ts';
import type { Gate } from './gate.ts';
import type { People } from './people.ts';
import type { DocumentProblem } from '../problem.ts';
import type { Trigger } from './trigger.ts';

export interface Pipeline {
  /** `undefined` when stk.yaml names nobody, so anybody has any role. */
  readonly people: People | undefined;
  /** One for every environment of the project. */
  readonly environments: ReadonlyMap<string, EnvironmentPolicy>;
  readonly hotfix: HotfixPolicy;
  readonly freeze: FreezePolicy;
  readonly records: RecordsSettings;
  readonly trust: TrustSettings;
  /** Whether stk.yaml has any key of the pipeline, so that the Hub writes events. */
  readonly isUsed: boolean;
  /** Allowed settings that are probably a mistake. */
  readonly warnings: readonly DocumentProblem[];
}

export interface EnvironmentPolicy {
  readonly environment: string;
  /** The environments of which one must have served a release. Empty for none. */
  readonly from: readonly string[];
  /** As written, without the implied gate `from`. */
  readonly gates: readonly Gate[];
  /** The Hub that serves it, when it is another one. */
  readonly hub: HubSetting | undefined;
  /** URLs of every replica. */
  readonly hubs: readonly string[];
  readonly signatures: SignatureMode;
  /** For an environment that shares another one's calls; `undefined` otherwise. */
  readonly canary?: CanarySettings | undefined;
  /** What the Hub promotes into it automatically; `undefined` for nothing. */
  readonly auto?: AutoSettings | undefined;
  readonly bake?: BakeSettings | undefined;
  /** The environments to which each release that enters this one is proposed; `undefined` for none. */
  readonly backport?: readonly string[] | undefined;
  /** What is watched there; absent for nothing. */
  readonly triggers?: readonly Trigger[] | undefined;
}

export interface HubSetting {
  readonly url: string;
  /** Name of the environment variable that holds the token. */
  readonly tokenFrom: string | undefined;
}

export type SignatureMode = 'none' | 'required';

export interface HotfixPolicy {
  readonly approvals: { readonly role: string; readonly count: number };
  /** How long the debt of a hotfix may stay open. */
  readonly closeWithin: number;
  /** Gate kinds that a hotfix needs as well. */
  readonly keep: readonly string[];
}

export interface FreezePolicy {
  /** Roles that may override a freeze. */
  readonly override: readonly string[];
  /** Whether a freeze of all environments fails the check of every pull request; default no. */
  readonly blockPullRequests?: boolean | undefined;
}

export interface RecordsSettings {
  readonly branch: string;
  /** Roles whose checks, evaluations and backups count. */
  readonly writers: readonly string[];
  /** The commit of the records branch at which verification starts; `undefined` for its first. */
  readonly since: string | undefined;
}

export interface TrustSettings {
  readonly signatures: SignatureMode;
  /** Paths in the config repo. */
  readonly allowedSigners: string;
  readonly gpgKeys: string;
  /** Identities whose events count; the Hub commits as the first of them. */
  readonly hub: readonly string[];
  /** Identities that sign merges and web edits. */
  readonly forge: readonly string[];
}
