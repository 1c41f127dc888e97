// stk's understanding of an operation's SQL: its parameters in PostgreSQL's form, and what the parse tree shows that it
// does. Made by prepare-statement.ts; plain data, so that a worker can send it.

export interface Statement {
  /** As written in the release. */
  readonly sql: string;
  /** With `:name` replaced by $1, $2, … */
  readonly text: string;
  /** Names by position: parameters[0] is $1. Each name once. */
  readonly parameters: readonly string[];
  /** Where `:name` was replaced, to map a position in `text` back to `sql`: both 0-based in code points, ascending. */
  readonly offsets: readonly { readonly text: number; readonly sql: number }[];
  /** `undefined` when the SQL does not parse (see error). */
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
  /** Other: not an operation. SELECT INTO creates a table, and WHERE CURRENT OF needs a cursor, which calls do not have. */
  readonly kind: 'select' | 'insert' | 'update' | 'delete' | 'merge' | 'other';
  /** The parse tree's node name, e.g. CreateStmt, or the clause that makes it no operation, for messages. */
  readonly node: string;
  /** Writes at any level: top level, in a CTE, SELECT INTO. */
  readonly writes: boolean;
  /** SELECT … FOR UPDATE and the like, at any level. */
  readonly locksRows: boolean;
  /** Every named relation, without CTE names; `access` is what the statement does to it. */
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
  /** `(value).name` and `row.name`, which call a function when there is no such column. */
  readonly attributes: readonly Attribute[];
  /** Calls with positional arguments, one for each place. */
  readonly calls: readonly FunctionCall[];
  /** Sequences named as a literal in nextval, currval or setval, each once for each function. */
  readonly sequences: readonly (RelationName & { readonly call: 'nextval' | 'currval' | 'setval' })[];
  /** String literals with positions, for enum labels. 1-based code points of `text`. */
  readonly literals: readonly { readonly value: string; readonly position: number }[];
  /** All schemas that it names: of types, operators, collations, and in literals that may be a name. */
  readonly schemas: readonly string[];
  readonly selectsStar: boolean;
  /** Every place where columns are named, by SELECT, in conditions, as targets. */
  readonly columns: readonly ColumnUse[];
}

export interface Attribute {
  readonly name: string;
  /** The table or view whose row it is taken from. `undefined` for another value. */
  readonly relation: RelationName | undefined;
  /** Nothing in FROM has the name before the dot: inside a body it may be a variable. */
  readonly isUnplaced: boolean;
}

export interface FunctionCall {
  readonly function: RelationName;
  readonly arguments: readonly CallArgument[];
}

/** What the parse tree shows about an argument's type: a literal's or cast's as PostgreSQL spells it, or its owner. */
export type CallArgument =
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'parameter'; readonly number: number }
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'other' };

/** A place where a statement names a column, or a whole relation. */
export interface ColumnUse {
  /** `undefined` for every column, as with `*` or a list of aliases that renames them. */
  readonly column: string | undefined;
  /** Relations that may have it, query by query, the innermost first: PostgreSQL takes the first that has it. */
  readonly levels: readonly (readonly RelationName[])[];
  /** `insert` and `update`: the column gets a value. */
  readonly access: 'read' | 'insert' | 'update';
  /** The relation whose whole row is meant when none has a column of this name. */
  readonly row: RelationName | undefined;
  /** For a NATURAL JOIN: only columns that the other side has too. */
  readonly naturalWith: JoinSide | undefined;
}

export interface JoinSide {
  readonly relations: readonly RelationName[];
  /** Columns of queries and functions. */
  readonly columns: readonly string[];
  /** A query or function on this side may have further columns. */
  readonly isOpen: boolean;
}

export interface InsertTarget {
  readonly relation: RelationName;
  /** `undefined` when there is no column list. */
  readonly columns: readonly string[] | undefined;
  /** `undefined` with `select *` and set operations, whose width is unknown. DEFAULT VALUES: 0. */
  readonly width: number | undefined;
  readonly source: 'values' | 'select' | 'default-values' | 'merge';
  /** By position in the column list or table: the written value, with all VALUES rows merged into one claim. */
  readonly values: readonly InsertedValue[];
  readonly overriding: 'none' | 'user' | 'system';
}

export type InsertedValue =
  | { readonly kind: 'parameter'; readonly number: number }
  | { readonly kind: 'null' }
  | { readonly kind: 'default' }
  /** `form`: when something is known about its NULLs. */
  | { readonly kind: 'expression'; readonly form?: NullForm };

/** When an expression is NULL, as far as the parse tree shows. */
export type NullForm =
  | { readonly kind: 'parameter'; readonly number: number }
  | { readonly kind: 'null' }
  /** Never NULL. */
  | { readonly kind: 'value' }
  | { readonly kind: 'unknown' }
  /** NULL when one operand is, if the functions are strict. */
  | {
      readonly kind: 'strict';
      readonly functions: readonly RelationName[];
      readonly operands: readonly NullForm[];
    }
  /** NULL when all of them are, as with COALESCE. */
  | { readonly kind: 'first' | 'and' | 'or' | 'not'; readonly operands: readonly NullForm[] }
  /** `nullif`: also NULL when the parameter is the value. `equals`: true when it is one of them. */
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
