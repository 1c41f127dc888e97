// The baseline that `stk release cut` measures into a release's `contract:`, as a value. Rules that compare the live
// database with the cut need it; without it they report nothing. parse-contract.ts reads it, present-contract.ts writes
// it.

/**
 * Names are relative to the environment's own schema, whose name differs between environments: `customers` is in it,
 * `sales.orders` is not. Types: `integer` belongs to PostgreSQL, `.order_status` is in the environment's own schema,
 * `sales.mood` in another. Digests are the first 16 hexadecimal digits of a SHA-256 over a text that is the same on
 * every PostgreSQL version (see compatibility/definitions.ts). Everything is sorted except columns, labels and
 * parameters.
 */
export interface Contract {
  /** Major version of the server that was measured. */
  readonly postgres: number;
  /** Every table and view that an operation names, and those behind the views. */
  readonly relations: ReadonlyMap<string, RelationBaseline>;
  /** Labels of each enum type, in order. */
  readonly enums: ReadonlyMap<string, readonly string[]>;
  /** Every function with a name that an operation calls, except PostgreSQL's own. */
  readonly functions: ReadonlyMap<string, readonly FunctionBaseline[]>;
  /**
   * Functions with argument types: those called, and those that these call. In SQL, those whose bodies PostgreSQL could
   * run; in PL/pgSQL, those whose statements it could judge.
   */
  readonly bodies: readonly string[];
  /**
   * By PL/pgSQL function in `bodies`: PostgreSQL's messages about its statements at the cut, such as about a temporary
   * table.
   */
  readonly absent: ReadonlyMap<string, readonly string[]>;
  /** Schemas in which an unqualified name was found, the first one first: `customers` → ['.'], `lower()` → ['pg_catalog']. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  readonly operations: ReadonlyMap<string, OperationBaseline>;
}

export const relationKinds = ['table', 'partitioned', 'view', 'materialized', 'foreign', 'sequence'] as const;
export type RelationKind = (typeof relationKinds)[number];

export interface RelationBaseline {
  readonly kind: RelationKind;
  /** In the order of the table. */
  readonly columns: readonly ColumnBaseline[];
  readonly uniques: readonly UniqueBaseline[];
  /** Digests of what indexes compute from each row. `undefined` when not measured. */
  readonly indexes: readonly string[] | undefined;
  /** Digests of the CHECK constraints' conditions. */
  readonly checks: readonly string[];
  readonly foreignKeys: readonly ForeignKeyBaseline[];
  /** Foreign keys of other tables to this one. */
  readonly referencedBy: readonly ForeignKeyBaseline[];
  readonly triggers: readonly TriggerBaseline[];
  readonly rowSecurity: 'off' | 'enabled' | 'forced';
  /** Row-level security did not filter for the call role, because it was the owner or had BYPASSRLS. */
  readonly exempt: boolean;
  readonly policies: readonly NamedDigest[];
  /**
   * Commands for which the policies allow the role some rows: select, insert, update, delete. `undefined` when not
   * measured.
   */
  readonly permits: readonly string[] | undefined;
  /** Digest of a view's definition. */
  readonly definition: string | undefined;
  /** Table that it is a partition of, or inherits from. */
  readonly parent: string | undefined;
  /** Its partitions and the tables that inherit from it. */
  readonly children: readonly string[];
  /** The partitions of a partitioned table; `undefined` when not measured, for example because there are too many. */
  readonly partitions: PartitionsBaseline | undefined;
}

export interface PartitionsBaseline {
  /** On all levels. */
  readonly count: number;
  /** Only those that differ from the table, sorted by name. */
  readonly notable: readonly PartitionBaseline[];
}

export interface PartitionBaseline {
  readonly name: string;
  /** Digests of the CHECK constraints that its parent does not have. */
  readonly checks: readonly string[];
  /** Row triggers that its parent does not have. */
  readonly triggers: readonly TriggerBaseline[];
  /** Its own partitions. */
  readonly children: readonly string[];
}

export interface TypedName {
  readonly name: string;
  readonly type: string;
  /** From pg_attribute; `undefined` when none exists. */
  readonly typmod: number | undefined;
}

export interface ColumnBaseline extends TypedName {
  readonly nullable: boolean;
  readonly default: boolean;
  readonly identity: 'none' | 'always' | 'by-default';
  readonly generated: boolean;
  /** For a generated column: digest of its expression. `undefined` when not measured. */
  readonly expression: string | undefined;
  /** When it differs from its type's default: `C`, or `.name` in the environment's own schema. */
  readonly collation: string | undefined;
  /** For a domain: its base type. */
  readonly base: string | undefined;
  /** For a domain: digests of its checks. */
  readonly checks: readonly string[];
}

export interface UniqueBaseline {
  /** Columns, or the text of an expression in brackets. */
  readonly columns: readonly string[];
  /** Digest of a partial index's condition. */
  readonly where: string | undefined;
  readonly deferrable: boolean;
  readonly nullsNotDistinct: boolean;
  /** For an exclusion constraint: digest of its definition. */
  readonly exclusion: string | undefined;
}

export const foreignKeyActions = ['no action', 'restrict', 'cascade', 'set null', 'set default'] as const;
export type ForeignKeyAction = (typeof foreignKeyActions)[number];

export interface ForeignKeyBaseline {
  readonly table: string;
  readonly columns: readonly string[];
  readonly references: string;
  readonly referenced: readonly string[];
  readonly onDelete: ForeignKeyAction;
  readonly onUpdate: ForeignKeyAction;
}

export interface NamedDigest {
  readonly name: string;
  readonly digest: string;
}

export const writeKinds = ['insert', 'update', 'delete'] as const;
export type WriteKind = (typeof writeKinds)[number];

export interface TriggerBaseline extends NamedDigest {
  /** The writes that it replaces, as an INSTEAD OF trigger of a view; empty for others. */
  readonly instead: readonly WriteKind[];
}

export interface FunctionBaseline {
  /** Types of the input arguments. */
  readonly arguments: readonly string[];
  /** How many of the last arguments have a default. */
  readonly defaults: number;
  readonly result: string;
  /** Columns of the result when `result` does not name them: its OUT arguments, or those of its row type. */
  readonly outputs: readonly TypedName[];
  /** Digest of its body. */
  readonly body: string;
}

export interface OperationBaseline {
  /** By position: parameters[0] is $1. */
  readonly parameters: readonly TypedName[];
  readonly results: readonly ResultBaseline[];
  /** Relations that it names, and those behind views. */
  readonly relations: readonly string[];
  /** Columns that it uses, by relation, from pg_depend; empty when unknown. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
  /** Privileges that its role needs, by relation: select, insert, update, delete. */
  readonly privileges: ReadonlyMap<string, readonly string[]>;
  readonly inserts: readonly InsertBaseline[];
  readonly conflicts: readonly ConflictBaseline[];
  /** Functions that it calls, as keys of `functions` with the argument types: `price_with_tax(numeric)`. */
  readonly functions: readonly string[];
}

export interface ResultBaseline extends TypedName {
  /** `relation.column` where it is a plain column. */
  readonly source: string | undefined;
}

export interface InsertBaseline {
  readonly table: string;
  /** Columns that get a value, in the order of the values. */
  readonly columns: readonly string[];
  /** Columns that get a parameter unchanged: when the caller omits it, the column becomes NULL. */
  readonly parameters: readonly { readonly column: string; readonly parameter: string }[];
}

export interface ConflictBaseline {
  readonly table: string;
  /** Without `constraint`, `undefined` means any. With it: the columns of the constraint, if they were measured. */
  readonly columns: readonly string[] | undefined;
  readonly constraint: string | undefined;
}
