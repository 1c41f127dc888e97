// Names of objects of a database: with their schema, or as somebody gives them.

export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}

/** A name as a statement or a contract gives it. */
export interface AskedName {
  readonly schema: string | undefined;
  readonly name: string;
}
