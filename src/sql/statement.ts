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
  readonly kind: 'select' | 'insert' | 'update' | 'delete' | 'merge' | 'other';
  /** The parse tree's node name, e.g. CreateStmt: for messages. */
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
  /** String literals with a place, for enum labels. 1-based code points of `text`. */
  readonly literals: readonly { readonly value: string; readonly position: number }[];
  readonly selectsStar: boolean;
}

export interface InsertTarget {
  readonly relation: RelationName;
  /** Undefined: no column list. */
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
  | { readonly kind: 'expression' };

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
