// The migrations of an environment as values: where their files are, how the tool's ledger and the files compare, and
// the waivers. Only the user's own tool runs migrations.

export const migrationTools = [
  'node-pg-migrate',
  'flyway',
  'golang-migrate',
  'rails',
  'prisma',
  'drizzle',
  'plain',
] as const;
export type MigrationTool = (typeof migrationTools)[number];

export interface MigrationSettings {
  /** Folder with the migrations, relative to the root of the config repo. */
  readonly dir: string;
  readonly tool: MigrationTool;
  /** The tool's ledger as `table` or `schema.table`; `undefined` for the tool's default. */
  readonly table: string | undefined;
}

/** A file of the folder, or of one of its folders. */
export interface MigrationFile {
  /** Relative to the folder, parts joined by `/`. */
  readonly path: string;
  readonly text: string;
}

export const waiverFolder = 'waivers';
export const maxWaiverBytes = 64 * 1024;

/** `waivers/<migration>.yaml`: accepts a migration that has no way down or destroys data. */
export interface Waiver {
  readonly migration: string;
  readonly reason: string;
  /** Milliseconds since 1970; `undefined` when it never expires. */
  readonly until: number | undefined;
}

/** A waiver with whether it counts. */
export interface JudgedWaiver extends Waiver {
  /** Why it does not count; `undefined` when it does. */
  readonly refusal: string | undefined;
}

/** One migration, compared with the ledger. */
export interface MigrationState {
  /** As in `upTo` and waivers. */
  readonly name: string;
  /** Path of its file, relative to the folder. */
  readonly path: string;
}

/** The comparison of an environment's files and ledger. */
export interface MigrationPosture {
  readonly tool: MigrationTool;
  /** The requested ledger. */
  readonly table: string;
  /** Why the ledger or the files could not be read; `undefined` when they could. */
  readonly unreadable: string | undefined;
  readonly applied: readonly MigrationState[];
  /** In the order in which the tool runs them. */
  readonly pending: readonly PendingMigration[];
  /** Applied, but the file has changed since. Only for tools that store checksums. */
  readonly changed: readonly MigrationState[];
  /** Names in the ledger without a file. */
  readonly unknown: readonly string[];
  /** Names that the ledger marks as started and not finished. */
  readonly failed: readonly string[];
}

export interface PendingMigration extends MigrationState {
  /** `unknown`: the file is not SQL, so only its tool knows. */
  readonly wayDown: 'yes' | 'no' | 'unknown';
  /** What it destroys, one sentence each; `undefined` when it is not SQL or does not parse. */
  readonly losses: readonly string[] | undefined;
}
