// What the check knows of a live database: the objects that one release names, as its call role sees them. A value;
// database/catalogue.ts reads it.

export interface Catalogue {
  /** Role that calls run as, and the one that logged in. */
  readonly role: string;
  readonly login: string;
  /** The login role is a superuser or may do what the call role may not: which attributes say so. */
  readonly loginPowers: readonly string[];
  /** Row-level security never filters for the call role. */
  readonly bypassesRowSecurity: boolean;
  /** Schemas that were asked for by name or stand in the search_path, in its order. */
  readonly schemas: readonly SchemaState[];
  readonly relations: readonly Relation[];
  /** Enum types that were asked for, where they exist. */
  readonly enums: readonly EnumType[];
  /** Functions of the names that were asked for, in every schema that the search reaches. */
  readonly functions: readonly FunctionState[];
}

export interface SchemaState {
  readonly name: string;
  readonly usable: boolean;
  /** 0-based place in the search_path; -1: reached by name only. */
  readonly rank: number;
}

export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** relkind: r table, p partitioned table, v view, m materialized view, f foreign table, S sequence, c composite. */
  readonly kind: string;
  readonly columns: readonly Column[];
  readonly uniques: readonly UniqueIndex[];
  /** Names of every constraint. */
  readonly constraints: readonly Constraint[];
  readonly triggers: readonly Trigger[];
  readonly rowSecurity: { readonly enabled: boolean; readonly applies: boolean; readonly policies: string };
  /** Of the view's definition; '' for what is no view. */
  readonly definition: string;
  /** Qualified name of the table it is a partition of. */
  readonly parent: string | undefined;
  /** Qualified names of its partitions and inheriting tables. */
  readonly children: readonly string[];
  /** What PostgreSQL lets a statement do to it: insert, update, delete. */
  readonly writable: { readonly insert: boolean; readonly update: boolean; readonly delete: boolean };
  readonly privileges: {
    readonly select: boolean;
    readonly insert: boolean;
    readonly update: boolean;
    readonly delete: boolean;
  };
  readonly hasRules: boolean;
}

export interface Column {
  readonly number: number;
  readonly name: string;
  readonly type: ColumnType;
  readonly notNull: boolean;
  /** A default of the column or of its domain. */
  readonly hasDefault: boolean;
  readonly identity: 'none' | 'always' | 'by-default';
  readonly generated: boolean;
  readonly privileges: { readonly select: boolean; readonly insert: boolean; readonly update: boolean };
  /** Sequence that the default calls, and whether the role may. */
  readonly sequence: { readonly name: string; readonly usable: boolean } | undefined;
  /** Of a view: the column that it shows as it is. */
  readonly origin: { readonly relation: number; readonly column: number } | undefined;
}

export interface ColumnType {
  readonly oid: number;
  readonly schema: string;
  /** As format_type spells it without a typmod, unqualified. */
  readonly name: string;
  readonly typmod: number;
  /** As format_type spells it with the typmod. */
  readonly text: string;
  /** Of a domain: the definitions of its checks, and the name of what it is made of. */
  readonly domain: { readonly base: string; readonly checks: readonly string[] } | undefined;
}

export interface UniqueIndex {
  readonly name: string;
  /** Undefined for an expression. */
  readonly columns: readonly (string | null)[];
  readonly valid: boolean;
  readonly immediate: boolean;
  readonly partial: boolean;
}

export interface Constraint {
  readonly name: string;
  /** contype: c check, f foreign key, p primary key, u unique, x exclusion, n not null, t trigger. */
  readonly type: string;
  readonly definition: string;
}

export interface Trigger {
  readonly name: string;
  readonly definition: string;
  /** Runs before each inserted row, or instead of it: may fill columns. */
  readonly shapesInserts: boolean;
}

export interface EnumType {
  readonly schema: string;
  readonly name: string;
  readonly labels: readonly string[];
}

export interface FunctionState {
  readonly schema: string;
  readonly name: string;
  readonly arguments: string;
  readonly result: string;
  readonly body: string;
  readonly executable: boolean;
}

/** A name as a statement or a contract gives it. */
export interface AskedName {
  readonly schema: string | undefined;
  readonly name: string;
}
