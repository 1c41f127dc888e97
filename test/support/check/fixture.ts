// A fixture of the compatibility suites: a schema with rows, the operations of a release over it, and what may happen to its
// database. The fixtures are in ../schemas; fixture-rig.ts puts one into a database.

export interface Fixture {
  /** Makes the schema and its rows anew. */
  readonly sql: string;
  readonly operations: Readonly<Record<string, FixtureOperation>>;
  /** The release is cut on a scratch database, where PostgreSQL tells what is behind operators, casts and aggregates. */
  readonly isCut?: boolean;
}

export interface FixtureOperation {
  readonly sql: string;
  readonly mode: 'read' | 'write';
  /** Values by parameter. */
  readonly input: Readonly<Record<string, string | number | boolean | null>>;
  /** Schemas of the inputs that may not be left out. */
  readonly required?: Readonly<Record<string, object>>;
  /** How many rows it touched is what it answers. */
  readonly counts?: boolean;
}

export interface FixtureChange {
  readonly title: string;
  readonly sql: string;
}

export interface BreakingChange extends FixtureChange {
  /** `CODE object: operations`. */
  readonly says: readonly string[];
  /** `by value`: whether an operation fails depends on values; else exactly those that a finding blocks fail or change. */
  readonly breaks?: 'by value';
}

export const read = (sql: string, input: FixtureOperation['input'] = {}): FixtureOperation => ({
  sql,
  mode: 'read',
  input,
});

export const write = (sql: string, input: FixtureOperation['input'] = {}): FixtureOperation => ({
  sql,
  mode: 'write',
  input,
});
