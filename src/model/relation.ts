// What the check knows of a relation of a live database: its columns, keys, constraints, triggers, partitions and rights, as
// the call role sees them.
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
  /** Of a view that reads with its owner's rights: those on each relation behind it. */
  readonly ownerRights: readonly OwnerRights[];
  /** What its policies and rules ask of other tables, where the rights do not suffice. */
  readonly lackedBehind: readonly LackedBehind[];
  readonly columns: readonly Column[];
  readonly uniques: readonly UniqueIndex[];
  /** Indexes over expressions or with a condition: what is computed of each row that is written. */
  readonly indexExpressions: readonly { readonly name: string; readonly text: string }[];
  /** Of every kind. */
  readonly constraints: readonly Constraint[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Foreign keys of other tables, and its own, that refer to it. */
  readonly referencedBy: readonly ForeignKey[];
  readonly triggers: readonly Trigger[];
  readonly rowSecurity: RowSecurity;
  /** The view's, as PostgreSQL writes it; '' for what is not a view. */
  readonly definition: string;
  /** OIDs of what a view reads. */
  readonly behind: readonly number[];
  /** Functions that a view calls, but PostgreSQL's own. */
  readonly calls: readonly (QualifiedName & { readonly oid: number })[];
  /** The table it is a partition of, or inherits from. */
  readonly parent: QualifiedName | undefined;
  /** Its partitions and inheriting tables. */
  readonly children: readonly QualifiedName[];
  /** What is below a partitioned table; undefined for other relations, and where it has too many partitions to look at. */
  readonly partitions: PartitionTree | undefined;
  /** What PostgreSQL calls when it writes a row, and the call role may not execute. */
  readonly writeCalls: readonly WriteCall[];
  /** What PostgreSQL calls when it writes a row, and for policies, but its own functions. None where it was not asked for. */
  readonly rowCalls: readonly RowCall[];
  /** What PostgreSQL lets a statement do to it: insert, update, delete. */
  readonly writable: { readonly insert: boolean; readonly update: boolean; readonly delete: boolean };
  readonly privileges: {
    readonly select: boolean;
    readonly insert: boolean;
    readonly update: boolean;
    readonly delete: boolean;
  };
  /** Of a sequence: the role has USAGE. */
  readonly usable: boolean;
  readonly hasRules: boolean;
  /** Of a foreign table. */
  readonly foreignServer: ForeignServer | undefined;
}

export interface ForeignServer {
  readonly name: string;
  /** Nothing can be read without a user mapping; `undefined` when the wrapper has no handler. */
  readonly needsMapping: boolean | undefined;
  /** The call role has one. */
  readonly isMapped: boolean;
}

export const writeCallKinds = ['check', 'index', 'generated', 'partition key', 'trigger'] as const;

export interface WriteCall extends RefusedFunction {
  /** `trigger`: its WHEN. */
  readonly kind: (typeof writeCallKinds)[number];
  /** Name of the constraint, index, column, table or trigger. */
  readonly caller: string;
  /** As of a trigger: 4 insert, 8 delete, 16 update. */
  readonly events: number;
  /** Of an index or generated column: what it is made of. Of a trigger: those of UPDATE OF. */
  readonly columns: readonly string[];
}

export const rowCallKinds = [...writeCallKinds, 'default', 'domain', 'policy'] as const;

export interface RowCall extends QualifiedName {
  readonly oid: number;
  /** `default`: of a column or its domain. `domain`: a check of a column's. */
  readonly kind: (typeof rowCallKinds)[number];
  /** As of a {@link WriteCall}; of a default or a domain the column. */
  readonly caller: string;
  readonly events: number;
  /** As of a {@link WriteCall}; of a default or a domain the column. */
  readonly columns: readonly string[];
  /** Not called where an argument is NULL. */
  readonly isStrict: boolean;
  /** Who evaluates the expression comes to the call: it stands in no CASE, OR or the like that may pass it over. */
  readonly isWhole: boolean;
}

export interface PartitionTree {
  /** On all levels. */
  readonly count: number;
  /** It has a default partition. */
  readonly takesAll: boolean;
  /** Those that have checks or triggers of their own, or partitions. */
  readonly notable: readonly Partition[];
}

export interface Partition {
  readonly name: QualifiedName;
  /** What its place alone demands of its rows; '' where it has no check of its own. */
  readonly bounds: string;
  /** CHECK constraints that it does not have from its parent. */
  readonly checks: readonly Constraint[];
  /** Row triggers that it does not have from its parent. */
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

/** PostgreSQL asks the call role for what a policy reads, and the table's owner for what a rule does. */
export interface LackedBehind {
  readonly kind: 'policy' | 'rule';
  readonly name: string;
  /** As of a trigger: 1 select, 4 insert, 8 delete, 16 update. */
  readonly events: number;
  /** Whose rights they are. */
  readonly role: string;
  readonly table: QualifiedName;
  readonly privileges: readonly TablePrivilege[];
}

export interface Column {
  readonly number: number;
  readonly name: string;
  readonly type: ColumnType;
  /** Where it is not the one that its type has by default. */
  readonly collation: QualifiedName | undefined;
  readonly notNull: boolean;
  /** A default of the column or of its domain. */
  readonly hasDefault: boolean;
  readonly identity: 'none' | 'always' | 'by-default';
  readonly generated: boolean;
  /** What computes a generated column, or gives the default of its own; '' for the rest. */
  readonly expression: string;
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
  readonly domain:
    { readonly base: string; readonly notNull: boolean; readonly checks: readonly string[] } | undefined;
}

export interface UniqueIndex {
  readonly name: string;
  /** null for an expression. */
  readonly columns: readonly (string | null)[];
  readonly valid: boolean;
  readonly immediate: boolean;
  readonly partial: boolean;
  /** Texts of all keys where one is an expression; else none. */
  readonly keys: readonly string[];
  /** Condition of a partial index. */
  readonly where: string | undefined;
  readonly nullsNotDistinct: boolean;
}

export interface Constraint {
  readonly name: string;
  /** contype: c check, f foreign key, p primary key, u unique, x exclusion, n not null, t trigger. */
  readonly type: string;
  /** Of checks and exclusions; '' for the rest. */
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
  /** The owner of the table that PostgreSQL asks or changes for it, with whose rights it does that. */
  readonly runner: KeyRunner;
}

export interface KeyRunner {
  readonly role: string;
  /** Of the table's schema. */
  readonly usage: boolean;
  readonly select: boolean;
  readonly update: boolean;
  readonly delete: boolean;
}

export interface RowSecurity {
  readonly enabled: boolean;
  /** For the table's owner too. */
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
  /** Which rows are there for it; `undefined` when it says nothing of that. */
  readonly using: string | undefined;
  /** Which rows may be written; `undefined` means as `using` has it. */
  readonly check: string | undefined;
}

/** A trigger, or a rule. */
export interface Trigger {
  readonly name: string;
  readonly definition: string;
  /** What its function does; undefined for a rule. */
  readonly code: string | undefined;
  readonly language: string;
  readonly enabled: boolean;
  /** tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate, 64 instead. */
  readonly events: number;
  /** It has a WHEN. */
  readonly isConditional: boolean;
  /** Undefined for a rule. */
  readonly function: QualifiedName | undefined;
  /** Those of UPDATE OF; none: whatever is assigned. */
  readonly columns: readonly string[];
  /** Runs before each inserted row, or instead of it: may fill columns. */
  readonly shapesInserts: boolean;
}
