// Names of database objects: with their schema, or as given.

export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}

/** A name as written in a statement or a contract. */
export interface AskedName {
  readonly schema: string | undefined;
  readonly name: string;
}
