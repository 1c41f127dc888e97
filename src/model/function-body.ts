// The check's knowledge of the inside of a function in SQL or PL/pgSQL. A value; database/catalogue.ts reads it.

/** A function in SQL or PL/pgSQL that does not belong to an extension. */
export interface FunctionBody {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Types of the input arguments. */
  readonly argumentTypes: readonly { readonly schema: string; readonly name: string }[];
  /** '' for an argument without a name; empty when no argument has one. */
  readonly argumentNames: readonly string[];
  readonly language: 'sql' | 'plpgsql';
  /** In SQL the text between quotes, or the statements as PostgreSQL writes them; in PL/pgSQL the whole CREATE FUNCTION. */
  readonly source: string;
  /** SECURITY DEFINER. */
  readonly isDefiner: boolean;
  readonly owner: string;
  /** Settings while it runs, as `name=value`. */
  readonly settings: readonly string[];
  /** VOLATILE: other functions may not write. */
  readonly isVolatile: boolean;
  /** Has arguments whose types depend on the call. */
  readonly isPolymorphic: boolean;
  /** The call role may call it, so that PostgreSQL can analyse it. */
  readonly isCallable: boolean;
  /** No other function has its name, in its own schema and those of the search_path. */
  readonly isOnly: boolean;
  /** Schemas that its text may mean, if it has its own settings or runs with its owner's rights. */
  readonly schemas: readonly {
    readonly name: string;
    /** For the call role. */
    readonly usable: boolean;
    /** For the role that it runs as. */
    readonly usableInside: boolean;
  }[];
  /** Tables and views in these, with the rights of the role that it runs as, on the whole or on some column. */
  readonly relations: readonly {
    readonly schema: string;
    readonly name: string;
    readonly select: boolean;
    readonly insert: boolean;
    readonly update: boolean;
    readonly delete: boolean;
  }[];
}
