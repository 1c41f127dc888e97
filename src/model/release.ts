// A release: the immutable snapshot `releases/<id>.yaml`, as a value. parse-release.ts parses it.
import type { Contract } from './contract.ts';
import type { FileNeed } from './file-store.ts';
import type { SmokeTest } from './smoke.ts';
import type { Json, JsonObject } from '../kernel/json.ts';

export interface Release {
  readonly release: string;
  readonly ref: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly notes: string | undefined;
  readonly schema: SchemaContract;
  /** The measurements of `stk release cut`. When it or a part is undefined, the rules that compare with it report nothing. */
  readonly contract: Contract | undefined;
  /** Role → permissions; a role that is not a key has none. */
  readonly permissions: ReadonlyMap<string, readonly string[]>;
  readonly config: JsonObject;
  readonly operations: ReadonlyMap<string, Operation>;
  /** The newest migration that it needs, from `migrations.upTo`; `undefined` when it names none. */
  readonly migrationsUpTo: string | undefined;
  readonly files: readonly FileNeed[];
  /** In the order in which they run. */
  readonly smoke: readonly SmokeTest[];
}

/** What the release needs from the database; a subset of it. */
export interface SchemaContract {
  /** By name as written: `name` or `schema.name`. Views count as tables. */
  readonly tables: ReadonlyMap<string, TableContract>;
  /** Enum name as written → labels. */
  readonly enums: ReadonlyMap<string, readonly string[]>;
}

export interface TableContract {
  readonly columns: ReadonlyMap<string, ColumnContract>;
  /** Column lists that must have a usable unique index. */
  readonly unique: readonly (readonly string[])[];
}

export interface ColumnContract {
  /** As written, in any spelling that PostgreSQL knows. `undefined` for any type. */
  readonly type: string | undefined;
  /** True when it may be null. Otherwise the release expects it never to be null. */
  readonly nullable: boolean;
}

export type Operation = SqlOperation | ConstantOperation;

export interface SqlOperation {
  readonly kind: 'sql';
  readonly name: string;
  readonly mode: 'read' | 'write';
  /** JSON Schema (2020-12) of the input; `undefined` for any object whose members are parameters of the SQL. */
  readonly input: JsonObject | boolean | undefined;
  /** As written, with `:name` parameters. */
  readonly sql: string;
  readonly returns: 'one' | 'many' | 'count';
}

export interface ConstantOperation {
  readonly kind: 'constant';
  readonly name: string;
  readonly input: JsonObject | boolean | undefined;
  readonly value: Json;
}
