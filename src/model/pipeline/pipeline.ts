// The governed path of a project: what stk.yaml says about people, gates, records and trust. Durations are milliseconds.
import type { AutoSettings } from './auto.ts';
import type { BakeSettings, CanarySettings } from './canary.ts';
import type { Gate } from './gate.ts';
import type { People } from './people.ts';
import type { DocumentProblem } from '../problem.ts';
import type { Trigger } from './trigger.ts';

export interface Pipeline {
  /** `undefined` when stk.yaml names nobody, so anybody holds any role. */
  readonly people: People | undefined;
  /** One for every environment of the project. */
  readonly environments: ReadonlyMap<string, EnvironmentPolicy>;
  readonly hotfix: HotfixPolicy;
  readonly freeze: FreezePolicy;
  readonly records: RecordsSettings;
  readonly trust: TrustSettings;
  /** Whether stk.yaml has any key of the pipeline, so that the Hub writes events. */
  readonly isUsed: boolean;
  /** What is allowed and probably not meant. */
  readonly warnings: readonly DocumentProblem[];
}

export interface EnvironmentPolicy {
  readonly environment: string;
  /** Where a release must have been served: any of them. Empty: nowhere. */
  readonly from: readonly string[];
  /** As written, without the implied gate `from`. */
  readonly gates: readonly Gate[];
  /** The Hub that serves it, where that is another one. */
  readonly hub: HubSetting | undefined;
  /** URLs of every replica. */
  readonly hubs: readonly string[];
  readonly signatures: SignatureMode;
  /** Of an environment that takes a share of another one's calls; `undefined` when it takes none. */
  readonly canary?: CanarySettings | undefined;
  /** What the Hub promotes into it by itself; `undefined` when there is none. */
  readonly auto?: AutoSettings | undefined;
  readonly bake?: BakeSettings | undefined;
  /** To which environments each release that enters this one is proposed; `undefined` means to none. */
  readonly backport?: readonly string[] | undefined;
  /** What is watched there; absent: nothing. */
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
  /** How long what a hotfix skipped may stay missing. */
  readonly closeWithin: number;
  /** Gate kinds that a hotfix needs as well. */
  readonly keep: readonly string[];
}

export interface FreezePolicy {
  /** Roles that may override a freeze. */
  readonly override: readonly string[];
  /** Whether a freeze of all environments fails a check of every pull request; undefined: no. */
  readonly blockPullRequests?: boolean | undefined;
}

export interface RecordsSettings {
  readonly branch: string;
  /** Roles whose checks, evaluations and backups count. */
  readonly writers: readonly string[];
  /** The commit of the records branch at which verification starts; `undefined` means its first. */
  readonly since: string | undefined;
}

export interface TrustSettings {
  readonly signatures: SignatureMode;
  /** Paths in the config repo. */
  readonly allowedSigners: string;
  readonly gpgKeys: string;
  /** Identities whose events count; the Hub commits as the first. */
  readonly hub: readonly string[];
  /** Identities that sign merges and web edits. */
  readonly forge: readonly string[];
}
