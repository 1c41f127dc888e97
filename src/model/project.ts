// A project: `stk.yaml` as a value. Durations are milliseconds and sizes bytes, whatever spelling the file used.
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
  /** `undefined` means open mode. */
  readonly auth: AuthSettings | undefined;
  /** Where the CLI asks. */
  readonly hub: string | undefined;
  readonly webhook: { readonly secretFrom: string } | undefined;
  /** People, gates, records and trust. */
  readonly pipeline: Pipeline;
  /** Environment → the programs beside the Hub that should run its release. */
  readonly services: ReadonlyMap<string, readonly Service[]>;
  /** Where pull requests are opened; `undefined` means nowhere. */
  readonly forge?: ForgeSettings | undefined;
  /** Who is told of what happens. */
  readonly notify: readonly NotifySetting[];
}

export interface EnvironmentSettings {
  readonly name: string;
  /** The environment whose database and callers this one shares, as its canary; `undefined` when it has its own. */
  readonly of?: string;
  /** With `of`, that of the other environment. */
  readonly database: DatabaseSettings;
  readonly compatibility: 'normal' | 'strict';
  readonly onDrift: 'warn' | 'refuse-writes';
  readonly accept: readonly AcceptedFinding[];
  /** The advisory lock key that this environment's migration runner takes; `undefined` when none is taken. */
  readonly migrationLock: string | undefined;
  /** Where its migrations are and which tool runs them; `undefined` means stk knows nothing of them. */
  readonly migrations: MigrationSettings | undefined;
  /** Where its application keeps files, an absolute path; `undefined` when none are looked at. */
  readonly files: { readonly root: string } | undefined;
  /** Run after those of the release. */
  readonly smoke: readonly SmokeTest[];
  /** What follows when a smoke test fails after the swap. */
  readonly onSmokeFailure: 'rollback' | 'alert';
  /** Which release counts as known to be good. */
  readonly lastKnownGood: LastKnownGoodPolicy;
}

export interface LastKnownGoodPolicy {
  /** How long it must have been served healthily. */
  readonly for: number;
  /** What its id, or a tag of the commit that added it, begins with: one of these. Empty: anything. */
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
  /** RFC 3339 date or time after which it no longer applies. */
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
  /** Claim that holds the caller's roles; a list or a space-separated string. */
  readonly rolesClaim: string;
  readonly control: {
    readonly read: readonly string[];
    readonly write: readonly string[];
    /** May record checks. */
    readonly evidence: readonly string[];
  };
}
