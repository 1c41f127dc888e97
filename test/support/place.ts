// A place: a schema with rows, the operations of a release over it, and what may happen to its database. market.ts is the
// first of them; market-rig.ts puts one into a database.

export interface Place {
  /** Makes the schema and its rows anew. */
  readonly sql: string;
  readonly operations: Readonly<Record<string, PlaceOperation>>;
  /** The release is cut on a scratch database, where PostgreSQL tells what is behind operators, casts and aggregates. */
  readonly isCut?: boolean;
}

export interface PlaceOperation {
  readonly sql: string;
  readonly mode: 'read' | 'write';
  /** Values by parameter. */
  readonly input: Readonly<Record<string, string | number | boolean | null>>;
  /** Schemas of the inputs that may not be left out. */
  readonly required?: Readonly<Record<string, object>>;
  /** How many rows it touched is what it answers. */
  readonly counts?: boolean;
}

export interface PlaceChange {
  readonly title: string;
  readonly sql: string;
}

export interface BreakingChange extends PlaceChange {
  /** `CODE object: operations`. */
  readonly says: readonly string[];
  /** `by value`: whether an operation fails depends on values; else exactly those that a finding blocks fail or change. */
  readonly breaks?: 'by value';
}

export const read = (sql: string, input: PlaceOperation['input'] = {}): PlaceOperation => ({
  sql,
  mode: 'read',
  input,
});

export const write = (sql: string, input: PlaceOperation['input'] = {}): PlaceOperation => ({
  sql,
  mode: 'write',
  input,
});
