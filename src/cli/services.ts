// What the command line needs of the world. main.ts hands it over; tests hand over their own.
import type { Writable } from 'node:stream';
import type { ConfigRepo } from '../git/config-repo.ts';
import type { LogLevel } from '../kernel/log-level.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Finding } from '../model/finding.ts';
import type { MigrationPosture } from '../model/migration.ts';
import type { Release } from '../model/release.ts';
import type { DocumentProblem } from '../model/problem.ts';
import type { CliEnvironment } from './process-environment.ts';

/** A stream as process.stdout is one. */
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
  /** How a shell starts this command: what printed commands begin with. */
  readonly command: string;
  /** Aborts on SIGINT and SIGTERM, except while `startHub` runs: it handles both itself. */
  readonly interrupted: AbortSignal;
  /** Serves until it is told to stop; gives the exit code. Throws StkError when it cannot start. */
  startHub(options: HubOptions): Promise<number>;
  /** Runs SQL in an embedded environment of the Hub that holds `stateDirectory`. Throws StkError. */
  applySql(request: ApplySqlRequest): Promise<AppliedSql>;
  /** How to reach an embedded environment's database while the Hub runs. Throws StkError. */
  databaseUrl(request: EmbeddedDatabaseRequest): Promise<DatabaseUrl>;
  /** Makes a release out of an application: measures it on its schema. Writes nothing. Throws StkError. */
  cutRelease(request: CutRequest): Promise<CutAnswer>;
  /** How the migrations of an environment stand. Reads only. Throws StkError. */
  migrationStatus(request: MigrationStatusRequest): Promise<MigrationStatus>;
  /** What migrations would do, tried out in a scratch database. Throws StkError. */
  previewMigration(command: PreviewCommand): Promise<PreviewAnswer>;
  /** Up, down, up of a migration in a scratch database. Throws StkError. */
  rehearseMigration(command: RehearsalCommand): Promise<RehearsalAnswer>;
  /** Writes the embedded database of a state directory to one file. Throws StkError. */
  backUp(
    request: BackupCommand,
  ): Promise<{ readonly bytes: number; readonly sha256: string; readonly files: number }>;
  /** Puts such a file in the place of the embedded database, while no Hub runs. Throws StkError. */
  restore(request: RestoreCommand): Promise<RestoredBackup>;
  /** What is wrong with a release, whatever the database looks like. */
  lintRelease(release: LintedRelease): Promise<readonly DocumentProblem[]>;
}

export interface LintedRelease {
  readonly text: string;
  /** Path in the repo, for the problems. */
  readonly file: string;
  /** The id that the file name gives. */
  readonly id: string;
}

export interface MigrationStatusRequest {
  readonly environment: string;
  /** Root of the config repo's work tree. */
  readonly root: string;
  /** Absolute path. */
  readonly stateDirectory: string;
  /** Where waivers are read, and the commit that they are read in. */
  readonly repo: ConfigRepo;
  readonly revision: string;
  /** Of the release that is asked about; `undefined` when it names none. */
  readonly upTo: string | undefined;
  /** One line for people who wait. */
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
  /** `inFolder`: its path in the environment's folder of migrations; `undefined` when it is not in there. */
  readonly files: readonly {
    readonly file: string;
    readonly inFolder: string | undefined;
    readonly text: string;
  }[];
  readonly releases: readonly Release[];
  /** The variable with the URL of a server for the scratch database; `undefined` when it is in memory. */
  readonly urlFrom: string | undefined;
  readonly signal: AbortSignal;
  /** One line for people who wait. */
  onProgress(line: string): void;
}

export interface PreviewAnswer {
  readonly files: readonly FilePreview[];
  readonly releases: readonly ReleasePreview[];
  /** Pending migrations that were applied before, since they come before. */
  readonly appliedFirst: readonly string[];
  /** In what the scratch database differs from the environment, for people. */
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
  /** Whose migrations; `undefined` means those of the first environment that has some. */
  readonly environment: string | undefined;
  /** `undefined` means the last one. */
  readonly migration: string | undefined;
  /** Root of the config repo's work tree. */
  readonly root: string;
  readonly urlFrom: string | undefined;
  readonly signal: AbortSignal;
  /** One line for people who wait. */
  onProgress(line: string): void;
}

export interface RehearsalAnswer {
  readonly migration: string;
  readonly file: string;
  readonly isInverse: boolean;
  /** What failed; `undefined` when there is nothing, or the differences say it. */
  readonly why: string | undefined;
  /** For people: in what the schema differs. */
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
  /** Where the database is kept that was there before; `null` when there was none. */
  readonly kept: string | null;
}

export interface CutRequest {
  readonly release: string;
  readonly ref: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Absolute path of the folder with release.yaml. */
  readonly application: string;
  /** The folder as messages name it. */
  readonly label: string;
  /** Links of migrations stay within it. */
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
  /** One line for people who wait. */
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
  /** The application's files are not in order; formatted `file:line:column: message`. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }
  | { readonly kind: 'incompatible'; readonly findings: readonly Finding[] }
  /** `schema:` lacks what operations use: `table.column`. */
  | {
      readonly kind: 'under-declared';
      readonly missing: readonly { readonly object: string; readonly operations: readonly string[] }[];
    };

export interface HubOptions {
  /** Path or URL of the config repo. */
  readonly repo: string;
  /** Branch or full ref name; `undefined` when the branch that HEAD names. */
  readonly ref: string | undefined;
  /** Environments to serve; empty: all of stk.yaml. */
  readonly environments: readonly string[];
  readonly listen: { readonly host: string; readonly port: number };
  /** Where /metrics alone answers whoever asks; `undefined` means nowhere but on `listen`. */
  readonly metricsListen: { readonly host: string; readonly port: number } | undefined;
  /** State directory; `undefined` means the default for this kind of repo. */
  readonly stateDirectory: string | undefined;
  /** Serve without authentication on a listener that is not loopback. */
  readonly open: boolean;
  /** File that pins the auth settings outside the repo. */
  readonly authFile: string | undefined;
  /** A key set may stand at an address of the Hub's own network. */
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
  /** The same file from the config repo's root, as `init` would name it; `undefined` when it is not in there. */
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
