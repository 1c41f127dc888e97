// A project: `stk.yaml` as a value. Durations are milliseconds and sizes bytes, in any notation of the file.
import type { MigrationSettings } from './migration.ts';
import type { ForgeSettings } from './pipeline/forge.ts';
import type { NotifySetting } from './pipeline/notify.ts';
import type { Service } from './service.ts';
import type { SmokeTest } from './smoke.ts';
import type { Pipeline } from './pipeline/pipeline.ts';

export interface Project {
  readonly project: string;
  /** In promotion order. */
  readonly environments: ReadonlyMap<string, EnvironmentSettings>;
  readonly limits: Limits;
  /** `undefined` for open mode. */
  readonly auth: AuthSettings | undefined;
  /** The Hub that the CLI uses. */
  readonly hub: string | undefined;
  readonly webhook: { readonly secretFrom: string } | undefined;
  /** People, gates, records and trust. */
  readonly pipeline: Pipeline;
  /** Environment → programs beside the Hub that should run its release. */
  readonly services: ReadonlyMap<string, readonly Service[]>;
  /** Where pull requests are opened; `undefined` for nowhere. */
  readonly forge?: ForgeSettings | undefined;
  /** Who is notified of what. */
  readonly notify: readonly NotifySetting[];
}

export interface EnvironmentSettings {
  readonly name: string;
  /** The environment that this canary shares a database and callers with; `undefined` when it is not a canary. */
  readonly of?: string;
  /** With `of`, the other environment's. */
  readonly database: DatabaseSettings;
  readonly compatibility: 'normal' | 'strict';
  readonly onDrift: 'warn' | 'refuse-writes';
  readonly accept: readonly AcceptedFinding[];
  /** The advisory lock key of this environment's migration runner; `undefined` when it takes none. */
  readonly migrationLock: string | undefined;
  /** Where its migrations are and which tool runs them; `undefined` when not configured. */
  readonly migrations: MigrationSettings | undefined;
  /** Absolute path of its application's files; `undefined` when none are checked. */
  readonly files: { readonly root: string } | undefined;
  /** Run after the release's smoke tests. */
  readonly smoke: readonly SmokeTest[];
  /** What happens when a smoke test fails after the swap. */
  readonly onSmokeFailure: 'rollback' | 'alert';
  /** When a release counts as known good. */
  readonly lastKnownGood: LastKnownGoodPolicy;
}

export interface LastKnownGoodPolicy {
  /** How long it must have been served healthily. */
  readonly for: number;
  /** Its id, or a tag of the commit that added it, must begin with one of these. Empty for any. */
  readonly tags: readonly string[];
}

export type DatabaseSettings = EmbeddedDatabaseSettings | ServerDatabaseSettings;

export interface EmbeddedDatabaseSettings {
  readonly kind: 'embedded';
  /** SQL files, relative to the repo's root, run once when the Hub creates the embedded schema. */
  readonly init: readonly string[];
}

export interface ServerDatabaseSettings {
  readonly kind: 'server';
  /** Name of the environment variable that holds the connection URL. */
  readonly urlFrom: string;
  /** search_path of checks and calls. */
  readonly schema: string;
  /** Role that checks and calls assume; `undefined` means the login role. */
  readonly role: string | undefined;
}

export interface AcceptedFinding {
  /** `CODE:object`. */
  readonly finding: string;
  readonly reason: string;
  /** RFC 3339 date or time of its expiry. */
  readonly until: string;
}

export interface Limits {
  /** Most rows an operation may return. */
  readonly rows: number;
  /** statement_timeout, milliseconds. */
  readonly statement: number;
  /** lock_timeout, milliseconds. */
  readonly lock: number;
  /** Most bytes of a request body. */
  readonly body: number;
  /** Most connections for one database, role and schema. */
  readonly pool: number;
}

export interface AuthSettings {
  readonly jwt:
    | { readonly kind: 'secret'; readonly secretFrom: string }
    | { readonly kind: 'jwks'; readonly url: string };
  readonly issuer: string;
  readonly audience: string;
  /** Claim with the caller's roles; a list or a space-separated string. */
  readonly rolesClaim: string;
  readonly control: {
    readonly read: readonly string[];
    readonly write: readonly string[];
    /** Role that checks and calls assume; `undefined` for the login role. */
    readonly evidence: readonly string[];
  };
}
