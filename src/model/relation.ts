// The check's knowledge of a relation of a live database: its columns, keys, constraints, triggers, partitions and
// rights, as the call role sees them.
import type { RefusedFunction } from './function-state.ts';
import type { QualifiedName } from './qualified-name.ts';

export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** relkind: r table, p partitioned table, v view, m materialized view, f foreign table, S sequence, c composite. */
  readonly kind: string;
  /** False for a materialized view that cannot be read until it is refreshed. */
  readonly populated: boolean;
  readonly owner: string;
  /** The call role is the owner or has its rights. */
  readonly isOwner: boolean;
  /** For a view with its owner's rights: those on each relation behind it. */
  readonly ownerRights: readonly OwnerRights[];
  /** What its policies and rules need from other tables without having the rights. */
  readonly lackedBehind: readonly LackedBehind[];
  readonly columns: readonly Column[];
  readonly uniques: readonly UniqueIndex[];
  /** Indexes over expressions or with a condition: what is computed from each written row. */
  readonly indexExpressions: readonly { readonly name: string; readonly text: string }[];
  /** Constraints of every kind. */
  readonly constraints: readonly Constraint[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Foreign keys that refer to it, of other tables and its own. */
  readonly referencedBy: readonly ForeignKey[];
  readonly triggers: readonly Trigger[];
  readonly rowSecurity: RowSecurity;
  /** A view's definition, as PostgreSQL writes it; '' for others. */
  readonly definition: string;
  /** OIDs of what a view reads. */
  readonly behind: readonly number[];
  /** Functions that a view calls, except PostgreSQL's own. */
  readonly calls: readonly (QualifiedName & { readonly oid: number })[];
  /** The table it is a partition of, or inherits from. */
  readonly parent: QualifiedName | undefined;
  /** Its partitions and inheriting tables. */
  readonly children: readonly QualifiedName[];
  /** The partitions of a partitioned table; `undefined` for other relations, and when there are too many. */
  readonly partitions: PartitionTree | undefined;
  /** What PostgreSQL calls when it writes a row, and the call role may not execute. */
  readonly writeCalls: readonly WriteCall[];
  /** What PostgreSQL calls when it writes a row, and for policies, except its own functions. Empty when not requested. */
  readonly rowCalls: readonly RowCall[];
  /** Which writes PostgreSQL allows on it: insert, update, delete. */
  readonly writable: { readonly insert: boolean; readonly update: boolean; readonly delete: boolean };
  readonly privileges: {
    readonly select: boolean;
    readonly insert: boolean;
    readonly update: boolean;
    readonly delete: boolean;
  };
  /** For a sequence: the role has USAGE. */
  readonly usable: boolean;
  readonly hasRules: boolean;
  /** For a foreign table. */
  readonly foreignServer: ForeignServer | undefined;
}

export interface ForeignServer {
  readonly name: string;
  /** It cannot be read without a user mapping; `undefined` when the wrapper has no handler. */
  readonly needsMapping: boolean | undefined;
  /** The call role has one. */
  readonly isMapped: boolean;
}

export const writeCallKinds = ['check', 'index', 'generated', 'partition key', 'trigger'] as const;

export interface WriteCall extends RefusedFunction {
  /** `trigger`: its WHEN condition. */
  readonly kind: (typeof writeCallKinds)[number];
  /** Name of the constraint, index, column, table or trigger. */
  readonly caller: string;
  /** As in a trigger: 4 insert, 8 delete, 16 update. */
  readonly events: number;
  /** For an index or generated column: the columns it uses. For a trigger: those of UPDATE OF. */
  readonly columns: readonly string[];
}

export const rowCallKinds = [...writeCallKinds, 'default', 'domain', 'policy'] as const;

export interface RowCall extends QualifiedName {
  readonly oid: number;
  /** `default`: of a column or its domain. `domain`: a check of a column's domain. */
  readonly kind: (typeof rowCallKinds)[number];
  /** As in a {@link WriteCall}; for a default or a domain the column. */
  readonly caller: string;
  readonly events: number;
  /** As in a {@link WriteCall}; for a default or a domain the column. */
  readonly columns: readonly string[];
  /** Not called when an argument is NULL. */
  readonly isStrict: boolean;
  /** Every evaluation of the expression reaches the call: it is not inside a CASE, OR or the like that may skip it. */
  readonly isWhole: boolean;
}

export interface PartitionTree {
  /** On all levels. */
  readonly count: number;
  /** It has a default partition. */
  readonly takesAll: boolean;
  /** Partitions with their own checks or triggers, or with partitions. */
  readonly notable: readonly Partition[];
}

export interface Partition {
  readonly name: QualifiedName;
  /** The condition of its partition bounds; '' when it has no separate check. */
  readonly bounds: string;
  /** CHECK constraints that its parent does not have. */
  readonly checks: readonly Constraint[];
  /** Row triggers that its parent does not have. */
  readonly triggers: readonly Trigger[];
  /** It is partitioned itself. */
  readonly isSplit: boolean;
  readonly children: readonly QualifiedName[];
}

export interface OwnerRights {
  readonly relation: number;
  readonly select: boolean;
  readonly insert: boolean;
  readonly update: boolean;
  readonly delete: boolean;
}

export type TablePrivilege = 'select' | 'insert' | 'update' | 'delete';

/** PostgreSQL checks the call role for what a policy reads, and the table's owner for what a rule does. */
export interface LackedBehind {
  readonly kind: 'policy' | 'rule';
  readonly name: string;
  /** As in a trigger: 1 select, 4 insert, 8 delete, 16 update. */
  readonly events: number;
  /** The role that needs the rights. */
  readonly role: string;
  readonly table: QualifiedName;
  readonly privileges: readonly TablePrivilege[];
}

export interface Column {
  readonly number: number;
  readonly name: string;
  readonly type: ColumnType;
  /** When it differs from its type's default. */
  readonly collation: QualifiedName | undefined;
  readonly notNull: boolean;
  /** A default of the column or of its domain. */
  readonly hasDefault: boolean;
  readonly identity: 'none' | 'always' | 'by-default';
  readonly generated: boolean;
  /** The expression of a generated column, or the column's own default; '' for others. */
  readonly expression: string;
  readonly privileges: { readonly select: boolean; readonly insert: boolean; readonly update: boolean };
  /** Sequence that the default calls, and whether the role may use it. */
  readonly sequence: { readonly name: string; readonly usable: boolean } | undefined;
  /** For a view: the column that it shows unchanged. */
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
  /** For a domain: the definitions of its checks, and the name of its base type. */
  readonly domain:
    { readonly base: string; readonly notNull: boolean; readonly checks: readonly string[] } | undefined;
}

export interface UniqueIndex {
  readonly name: string;
  /** `null` for an expression. */
  readonly columns: readonly (string | null)[];
  readonly valid: boolean;
  readonly immediate: boolean;
  readonly partial: boolean;
  /** Texts of all keys when one is an expression; otherwise empty. */
  readonly keys: readonly string[];
  /** Condition of a partial index. */
  readonly where: string | undefined;
  readonly nullsNotDistinct: boolean;
}

export interface Constraint {
  readonly name: string;
  /** contype: c check, f foreign key, p primary key, u unique, x exclusion, n not null, t trigger. */
  readonly type: string;
  /** For checks and exclusions; '' for others. */
  readonly definition: string;
  readonly deferrable: boolean;
  readonly columns: readonly string[];
}

export interface ForeignKey {
  readonly name: string;
  readonly table: QualifiedName;
  readonly columns: readonly string[];
  readonly references: QualifiedName;
  readonly referenced: readonly string[];
  /** confdeltype and confupdtype: a no action, r restrict, c cascade, n set null, d set default. */
  readonly onDelete: string;
  readonly onUpdate: string;
  /** The owner of the table that PostgreSQL reads or changes for it; PostgreSQL uses that owner's rights. */
  readonly runner: KeyRunner;
}

export interface KeyRunner {
  readonly role: string;
  /** On the table's schema. */
  readonly usage: boolean;
  readonly select: boolean;
  readonly update: boolean;
  readonly delete: boolean;
}

export interface RowSecurity {
  readonly enabled: boolean;
  /** Also for the table's owner. */
  readonly forced: boolean;
  /** It filters for the call role. */
  readonly applies: boolean;
  readonly policies: readonly Policy[];
}

export interface Policy {
  readonly name: string;
  /** polcmd: r select, a insert, w update, d delete, * all. */
  readonly command: string;
  readonly permissive: boolean;
  readonly forPublic: boolean;
  readonly roles: readonly string[];
  /** The call role is one of its roles. */
  readonly applies: boolean;
  /** Which rows it makes visible; `undefined` when it has no such condition. */
  readonly using: string | undefined;
  /** Which rows may be written; `undefined` when the same as `using`. */
  readonly check: string | undefined;
}

/** A trigger, or a rule. */
export interface Trigger {
  readonly name: string;
  readonly definition: string;
  /** Its function's body; `undefined` for a rule. */
  readonly code: string | undefined;
  readonly language: string;
  readonly enabled: boolean;
  /** tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate, 64 instead. */
  readonly events: number;
  /** It has a WHEN. */
  readonly isConditional: boolean;
  /** `undefined` for a rule. */
  readonly function: QualifiedName | undefined;
  /** The columns of UPDATE OF; empty for any assignment. */
  readonly columns: readonly string[];
  /** Runs before each inserted row, or instead of it: may fill columns. */
  readonly shapesInserts: boolean;
}
