// An operation's SQL as stk understood it: its parameters in PostgreSQL's own form and what the parse tree
// says that it does. Made by prepare-statement.ts; plain data, so that it can cross from a worker.

export interface Statement {
  /** As written in the release. */
  readonly sql: string;
  /** With `:name` replaced by $1, $2, … */
  readonly text: string;
  /** Names by position: parameters[0] is $1. Each name once. */
  readonly parameters: readonly string[];
  /** Where `:name` was replaced, to map a position in `text` back to `sql`: both 0-based in code points, ascending. */
  readonly offsets: readonly { readonly text: number; readonly sql: number }[];
  /** Undefined when the SQL does not parse (see error). */
  readonly analysis: StatementAnalysis | undefined;
  readonly error:
    | { readonly message: string; /** 1-based code point of `text`. */ readonly position: number | undefined }
    | undefined;
}

export interface RelationName {
  readonly schema: string | undefined;
  readonly name: string;
}

export interface StatementAnalysis {
  /** How many statements the text holds; anything but 1 is OPS001. */
  readonly statements: number;
  /** Other: no operation. SELECT INTO is one that makes a table, and WHERE CURRENT OF needs a cursor, which calls have none of. */
  readonly kind: 'select' | 'insert' | 'update' | 'delete' | 'merge' | 'other';
  /** The parse tree's node name, e.g. CreateStmt, or the clause that makes it no operation: for messages. */
  readonly node: string;
  /** Writes anywhere: top level, in a CTE, SELECT INTO. */
  readonly writes: boolean;
  /** SELECT … FOR UPDATE and the like, anywhere. */
  readonly locksRows: boolean;
  /** Every relation named, CTE names left out; `access` is what the statement does to it. */
  readonly relations: readonly (RelationName & {
    readonly access: 'read' | 'insert' | 'update' | 'delete' | 'merge';
  })[];
  readonly inserts: readonly InsertTarget[];
  /** Columns assigned by UPDATE, ON CONFLICT DO UPDATE and MERGE UPDATE. */
  readonly updates: readonly {
    readonly relation: RelationName;
    readonly assignments: readonly Assignment[];
  }[];
  readonly conflicts: readonly ConflictTarget[];
  readonly functions: readonly RelationName[];
  /** `(value).name` and `row.name`, which call a function where there is no such column. */
  readonly attributes: readonly Attribute[];
  /** Calls with arguments by position, each as it stands. */
  readonly calls: readonly FunctionCall[];
  /** Sequences whose name a call of nextval, currval or setval gives as a literal, each once a function. */
  readonly sequences: readonly (RelationName & { readonly call: 'nextval' | 'currval' | 'setval' })[];
  /** String literals with a place, for enum labels. 1-based code points of `text`. */
  readonly literals: readonly { readonly value: string; readonly position: number }[];
  /** Schemas that it names at all: of types, operators, collations, and in literals that may be the name of something. */
  readonly schemas: readonly string[];
  readonly selectsStar: boolean;
  /** Every place where columns are named, by SELECT, in conditions, as targets. */
  readonly columns: readonly ColumnUse[];
}

export interface Attribute {
  readonly name: string;
  /** The table or view whose row it is taken of. `undefined` means of another value. */
  readonly relation: RelationName | undefined;
  /** Nothing in FROM has the name before the dot: inside a body it may be a variable's. */
  readonly isUnplaced: boolean;
}

export interface FunctionCall {
  readonly function: RelationName;
  readonly arguments: readonly CallArgument[];
}

/** What the parse tree tells of an argument's type: a literal's or cast's as PostgreSQL spells it, or whose it is. */
export type CallArgument =
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'parameter'; readonly number: number }
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'other' };

/** A place where a statement names a column, or all of a relation. */
export interface ColumnUse {
  /** `undefined` means every column, as by `*` or a list of aliases that renames them. */
  readonly column: string | undefined;
  /** Relations that may have it, query by query, the innermost first: the first one that has it ends PostgreSQL's search. */
  readonly levels: readonly (readonly RelationName[])[];
  /** `insert` and `update`: the column is given a value. */
  readonly access: 'read' | 'insert' | 'update';
  /** The relation whose whole row is meant where none has a column of this name. */
  readonly row: RelationName | undefined;
  /** Of a NATURAL JOIN: only those columns that the other side has too. */
  readonly naturalWith: JoinSide | undefined;
}

export interface JoinSide {
  readonly relations: readonly RelationName[];
  /** Of queries and functions. */
  readonly columns: readonly string[];
  /** A query or function on this side may have further columns. */
  readonly isOpen: boolean;
}

export interface InsertTarget {
  readonly relation: RelationName;
  /** `undefined` when no column list. */
  readonly columns: readonly string[] | undefined;
  /** `select *` and set operations make the width unknown: undefined. DEFAULT VALUES: 0. */
  readonly width: number | undefined;
  readonly source: 'values' | 'select' | 'default-values' | 'merge';
  /** By position in the column list or table: what is put there, for every VALUES row merged into one claim. */
  readonly values: readonly InsertedValue[];
  readonly overriding: 'none' | 'user' | 'system';
}

export type InsertedValue =
  | { readonly kind: 'parameter'; readonly number: number }
  | { readonly kind: 'null' }
  | { readonly kind: 'default' }
  /** `form`: where something is known of when it is NULL. */
  | { readonly kind: 'expression'; readonly form?: NullForm };

/** When an expression is NULL, as far as the parse tree tells. */
export type NullForm =
  | { readonly kind: 'parameter'; readonly number: number }
  | { readonly kind: 'null' }
  /** Never NULL. */
  | { readonly kind: 'value' }
  | { readonly kind: 'unknown' }
  /** NULL as soon as one operand is, if the functions are strict. */
  | {
      readonly kind: 'strict';
      readonly functions: readonly RelationName[];
      readonly operands: readonly NullForm[];
    }
  /** NULL where all of them are, as of COALESCE. */
  | { readonly kind: 'first' | 'and' | 'or' | 'not'; readonly operands: readonly NullForm[] }
  /** `nullif`: NULL too where the parameter is the value. `equals`: true where it is one of them. */
  | {
      readonly kind: 'nullif' | 'equals';
      readonly operand: NullForm;
      readonly parameter: number;
      readonly values: readonly string[];
    }
  | { readonly kind: 'is-null'; readonly operand: NullForm; readonly negated: boolean }
  | {
      readonly kind: 'case';
      readonly branches: readonly { readonly when: NullForm; readonly form: NullForm }[];
      readonly otherwise: NullForm;
    }
  /** Nothing is written unless the condition is true. */
  | { readonly kind: 'guarded'; readonly when: NullForm; readonly form: NullForm }
  /** NULL unless the condition is true. */
  | { readonly kind: 'one-row'; readonly when: NullForm; readonly form: NullForm };

export interface Assignment {
  readonly column: string;
  readonly value: InsertedValue;
}

export type ConflictTarget =
  | {
      readonly kind: 'columns';
      readonly relation: RelationName;
      readonly columns: readonly string[];
      readonly hasExpressionOrPredicate: boolean;
    }
  | { readonly kind: 'constraint'; readonly relation: RelationName; readonly constraint: string }
  | { readonly kind: 'any'; readonly relation: RelationName };
