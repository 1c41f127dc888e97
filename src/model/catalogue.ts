// The check's knowledge of a live database: the objects that one release names, as its call role sees them. A value;
// database/catalogue.ts reads it.
import type { FunctionBody } from './function-body.ts';
import type { FunctionState } from './function-state.ts';
import type { QualifiedName } from './qualified-name.ts';
import type { Relation } from './relation.ts';

export interface Catalogue {
  /** Role that calls run as, and the login role. */
  readonly role: string;
  readonly login: string;
  /** The attributes by which the login role is a superuser or may do more than the call role. */
  readonly loginPowers: readonly string[];
  /** It is a standby: every transaction is read-only, whatever the settings. */
  readonly isStandby: boolean;
  /** Row-level security never filters for the call role. */
  readonly bypassesRowSecurity: boolean;
  /** Operators in the search_path for one array type, which PostgreSQL prefers to its own for all arrays. */
  readonly operators: readonly ArrayOperator[];
  /** Schemas of the search_path that do not exist. */
  readonly missingSchemas: readonly string[];
  /** Functions with unqualified names, in schemas where they are not searched. */
  readonly elsewhere: readonly QualifiedName[];
  /** Schemas that were requested by name or are in the search_path, in its order. */
  readonly schemas: readonly SchemaState[];
  readonly relations: readonly Relation[];
  /** The requested enum types that exist. */
  readonly enums: readonly EnumType[];
  /** Functions with the requested names, in every schema that the search reaches. */
  readonly functions: readonly FunctionState[];
  /** Functions in SQL and PL/pgSQL whose bodies were requested. */
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
  /** 0-based position in the search_path; -1 when only reached by name. */
  readonly rank: number;
}

export interface EnumType {
  readonly schema: string;
  readonly name: string;
  readonly labels: readonly string[];
}
