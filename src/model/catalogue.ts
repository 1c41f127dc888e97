// What the check knows of a live database: the objects that one release names, as its call role sees them. A value;
// database/catalogue.ts reads it.
import type { FunctionBody } from './function-body.ts';
import type { FunctionState } from './function-state.ts';
import type { QualifiedName } from './qualified-name.ts';
import type { Relation } from './relation.ts';

export interface Catalogue {
  /** Role that calls run as, and the one that logged in. */
  readonly role: string;
  readonly login: string;
  /** The login role is a superuser or may do what the call role may not: which attributes say so. */
  readonly loginPowers: readonly string[];
  /** It is a standby: whatever the settings, every transaction is read-only. */
  readonly isStandby: boolean;
  /** Row-level security never filters for the call role. */
  readonly bypassesRowSecurity: boolean;
  /** Those of the search_path for one type of array, which PostgreSQL prefers to its own for all arrays. */
  readonly operators: readonly ArrayOperator[];
  /** Those of the search_path that do not exist. */
  readonly missingSchemas: readonly string[];
  /** Functions of names without a schema, in schemas where they are not looked for. */
  readonly elsewhere: readonly QualifiedName[];
  /** Schemas that were asked for by name or stand in the search_path, in its order. */
  readonly schemas: readonly SchemaState[];
  readonly relations: readonly Relation[];
  /** Enum types that were asked for, where they exist. */
  readonly enums: readonly EnumType[];
  /** Functions of the names that were asked for, in every schema that the search reaches. */
  readonly functions: readonly FunctionState[];
  /** Functions in SQL and PL/pgSQL whose bodies were asked for. */
  readonly bodies: readonly FunctionBody[];
}

export interface ArrayOperator extends QualifiedName {
  /** `integer[]`. */
  readonly type: string;
  /** Name of the function that it calls. */
  readonly function: string;
}

export interface SchemaState {
  readonly name: string;
  readonly usable: boolean;
  /** 0-based place in the search_path; -1: reached by name only. */
  readonly rank: number;
}

export interface EnumType {
  readonly schema: string;
  readonly name: string;
  readonly labels: readonly string[];
}
