// What the check knows of the inside of a function in SQL or PL/pgSQL. A value; database/catalogue.ts reads it.

/** A function in SQL or PL/pgSQL, but an extension's. */
export interface FunctionBody {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Types of the input arguments. */
  readonly argumentTypes: readonly { readonly schema: string; readonly name: string }[];
  /** '' for none; none at all where no argument has one. */
  readonly argumentNames: readonly string[];
  readonly language: 'sql' | 'plpgsql';
  /** In SQL the text between quotes, or the statements as PostgreSQL writes them; in PL/pgSQL the whole CREATE FUNCTION. */
  readonly source: string;
  /** SECURITY DEFINER. */
  readonly isDefiner: boolean;
  readonly owner: string;
  /** What it sets while it runs, as `name=value`. */
  readonly settings: readonly string[];
  /** VOLATILE: others may write nothing. */
  readonly isVolatile: boolean;
  /** Takes arguments whose types only a call tells. */
  readonly isPolymorphic: boolean;
  /** The call role may call it, and have PostgreSQL look at it. */
  readonly isCallable: boolean;
  /** No other function has its name, in its own schema and those of the search_path. */
  readonly isOnly: boolean;
  /** Those that its text may mean, if it has settings or an owner's rights of its own. */
  readonly schemas: readonly {
    readonly name: string;
    /** By the call role. */
    readonly usable: boolean;
    /** By whom it runs as. */
    readonly usableInside: boolean;
  }[];
  /** Likewise: tables and views in them, with the rights of whom it runs as, on the whole or on some column. */
  readonly relations: readonly {
    readonly schema: string;
    readonly name: string;
    readonly select: boolean;
    readonly insert: boolean;
    readonly update: boolean;
    readonly delete: boolean;
  }[];
}
