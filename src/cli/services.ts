// What the command line needs from outside. main.ts passes the real services; tests pass others.
import type { Writable } from 'node:stream';
import type { ConfigRepo } from '../git/config-repo.ts';
import type { LogLevel } from '../kernel/log-level.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Finding } from '../model/finding.ts';
import type { MigrationPosture } from '../model/migration.ts';
import type { Release } from '../model/release.ts';
import type { DocumentProblem } from '../model/problem.ts';
import type { CliEnvironment } from './process-environment.ts';

/** A stream like process.stdout. */
export interface TerminalStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface CliServices {
  /** The result. */
  readonly stdout: TerminalStream;
  /** The narration. */
  readonly stderr: TerminalStream;
  readonly environment: CliEnvironment;
  readonly workingDirectory: string;
  readonly clock: Clock;
  /** Of package.json. */
  readonly version: string;
  /** How a shell starts this command; printed commands begin with it. */
  readonly command: string;
  /** Aborts on SIGINT and SIGTERM, except while `startHub` runs: it handles both itself. */
  readonly interrupted: AbortSignal;
  /** Serves until it is stopped; returns the exit code. Throws StkError when it cannot start. */
  startHub(options: HubOptions): Promise<number>;
  /** Runs SQL in an embedded environment of the Hub that holds `stateDirectory`. Throws StkError. */
  applySql(request: ApplySqlRequest): Promise<AppliedSql>;
  /** How to reach an embedded environment's database while the Hub runs. Throws StkError. */
  databaseUrl(request: EmbeddedDatabaseRequest): Promise<DatabaseUrl>;
  /** Makes a release from an application: measures it on its schema. Writes nothing. Throws StkError. */
  cutRelease(request: CutRequest): Promise<CutAnswer>;
  /** The state of an environment's migrations. Reads only. Throws StkError. */
  migrationStatus(request: MigrationStatusRequest): Promise<MigrationStatus>;
  /** What migrations would do, tried in a scratch database. Throws StkError. */
  previewMigration(command: PreviewCommand): Promise<PreviewAnswer>;
  /** Runs a migration up, down and up in a scratch database. Throws StkError. */
  rehearseMigration(command: RehearsalCommand): Promise<RehearsalAnswer>;
  /** Writes the embedded database of a state directory to one file. Throws StkError. */
  backUp(
    request: BackupCommand,
  ): Promise<{ readonly bytes: number; readonly sha256: string; readonly files: number }>;
  /** Replaces the embedded database with such a file, while no Hub runs. Throws StkError. */
  restore(request: RestoreCommand): Promise<RestoredBackup>;
  /** Problems of a release that do not depend on a database. */
  lintRelease(release: LintedRelease): Promise<readonly DocumentProblem[]>;
}

export interface LintedRelease {
  readonly text: string;
  /** Path in the repo, for the problems. */
  readonly file: string;
  /** The id in the file name. */
  readonly id: string;
}

export interface MigrationStatusRequest {
  readonly environment: string;
  /** Root of the config repo's work tree. */
  readonly root: string;
  /** Absolute path. */
  readonly stateDirectory: string;
  /** Where waivers are read, and at which commit. */
  readonly repo: ConfigRepo;
  readonly revision: string;
  /** From the release in question; `undefined` when it has none. */
  readonly upTo: string | undefined;
  /** One progress line for the user. */
  onProgress(line: string): void;
}

export interface MigrationStatus {
  readonly dir: string;
  readonly posture: MigrationPosture;
  readonly findings: readonly Finding[];
}

export interface PreviewCommand {
  readonly environment: string;
  /** Root of the config repo's work tree. */
  readonly root: string;
  /** Absolute path. */
  readonly stateDirectory: string;
  /** `inFolder`: its path in the environment's folder of migrations; `undefined` when it is elsewhere. */
  readonly files: readonly {
    readonly file: string;
    readonly inFolder: string | undefined;
    readonly text: string;
  }[];
  readonly releases: readonly Release[];
  /** The variable with the URL of a server for the scratch database; `undefined` when it is in memory. */
  readonly urlFrom: string | undefined;
  readonly signal: AbortSignal;
  /** One progress line for the user. */
  onProgress(line: string): void;
}

export interface PreviewAnswer {
  readonly files: readonly FilePreview[];
  readonly releases: readonly ReleasePreview[];
  /** Earlier pending migrations, which were applied first. */
  readonly appliedFirst: readonly string[];
  /** How the scratch database differs from the environment, for people. */
  readonly differences: readonly string[];
}

export interface FilePreview {
  readonly file: string;
  readonly statements: readonly {
    readonly line: number;
    readonly statement: string;
    readonly locks: readonly { readonly relation: string; readonly mode: string }[];
    readonly rewrites: readonly string[];
  }[];
  readonly failure: { readonly line: number; readonly message: string } | undefined;
}

export interface ReleasePreview {
  readonly release: string;
  readonly verdict: 'fits' | 'breaks' | 'fits-after' | 'does-not-fit';
  readonly findings: readonly Finding[];
}

export interface RehearsalCommand {
  /** Whose migrations; `undefined` for the first environment that has some. */
  readonly environment: string | undefined;
  /** `undefined` for the last one. */
  readonly migration: string | undefined;
  /** Root of the config repo's work tree. */
  readonly root: string;
  readonly urlFrom: string | undefined;
  readonly signal: AbortSignal;
  /** One progress line for the user. */
  onProgress(line: string): void;
}

export interface RehearsalAnswer {
  readonly migration: string;
  readonly file: string;
  readonly isInverse: boolean;
  /** What failed; `undefined` when nothing did, or the differences explain it. */
  readonly why: string | undefined;
  /** For people: the differences of the schema. */
  readonly afterDown: readonly string[];
  readonly afterUpAgain: readonly string[];
}

export interface BackupCommand {
  /** Absolute path. */
  readonly stateDirectory: string;
  readonly project: string;
  readonly environment: string;
  /** Every embedded environment of the project. */
  readonly environments: readonly string[];
  /** Absolute path of the file. */
  readonly path: string;
  /** RFC 3339. */
  readonly at: string;
}

export interface RestoreCommand {
  /** Absolute path. */
  readonly stateDirectory: string;
  readonly project: string;
  readonly path: string;
  readonly replaces: boolean;
  readonly stamp: string;
}

export interface RestoredBackup {
  readonly header: { readonly environments: readonly string[]; readonly at: string };
  /** Where the previous database is kept; `null` when there was none. */
  readonly kept: string | null;
}

export interface CutRequest {
  readonly release: string;
  readonly ref: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Absolute path of the folder with release.yaml. */
  readonly application: string;
  /** The folder's name in messages. */
  readonly label: string;
  /** Links in the migrations must stay inside it. */
  readonly repository: string;
  /** `undefined` when the schema comes from the application's migrations. */
  readonly schemaFrom:
    | undefined
    | {
        readonly environment: string;
        /** Root of the config repo. */
        readonly root: string;
        /** Absolute path. */
        readonly stateDirectory: string;
      };
  readonly signal: AbortSignal;
  /** One progress line for the user. */
  onProgress(line: string): void;
}

export type CutAnswer =
  | {
      readonly kind: 'cut';
      /** The text of releases/<id>.yaml. */
      readonly document: string;
      readonly warnings: readonly string[];
      /** None of them blocks. */
      readonly findings: readonly Finding[];
      readonly derivedSchema: boolean;
      readonly tables: number;
      readonly operations: number;
    }
  /** The application's files have problems, formatted as `file:line:column: message`. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }
  | { readonly kind: 'incompatible'; readonly findings: readonly Finding[] }
  /** `schema:` lacks what operations use, as `table.column`. */
  | {
      readonly kind: 'under-declared';
      readonly missing: readonly { readonly object: string; readonly operations: readonly string[] }[];
    };

export interface HubOptions {
  /** Path or URL of the config repo. */
  readonly repo: string;
  /** Branch or full ref name; `undefined` for the branch that HEAD names. */
  readonly ref: string | undefined;
  /** Environments to serve; empty for all of stk.yaml. */
  readonly environments: readonly string[];
  readonly listen: { readonly host: string; readonly port: number };
  /** An address that only serves /metrics, without authentication; `undefined` when only `listen` serves it. */
  readonly metricsListen: { readonly host: string; readonly port: number } | undefined;
  /** State directory; `undefined` for the default of this kind of repo. */
  readonly stateDirectory: string | undefined;
  /** Serve without authentication on a listener that is not loopback. */
  readonly open: boolean;
  /** File that pins the auth settings outside the repo. */
  readonly authFile: string | undefined;
  /** The key set may be at an address in the Hub's own network. */
  readonly allowPrivateJwks: boolean;
  /** Patterns of the variables that a commit may name while the Hub runs, `*` for any characters. */
  readonly secrets: readonly string[];
  readonly logLevel: LogLevel;
}

export interface EmbeddedDatabaseRequest {
  /** Absolute path. */
  readonly stateDirectory: string;
  readonly environment: string;
}

export interface ApplySqlRequest extends EmbeddedDatabaseRequest {
  readonly sql: string;
  /** The file that `sql` comes from, for messages. */
  readonly file: string;
  /** The same file relative to the config repo's root, as `init` would name it; `undefined` when it is elsewhere. */
  readonly path: string | undefined;
  readonly signal: AbortSignal;
}

export interface AppliedSql {
  /** Command tags or notices worth showing, in order. */
  readonly messages: readonly string[];
}

export interface DatabaseUrl {
  /** A libpq connection URL. */
  readonly url: string;
  /** A command line that connects, e.g. `psql '…'`. */
  readonly command: string;
  /** Whether a Hub answers there now. */
  readonly isListening: boolean;
}
