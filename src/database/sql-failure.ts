// PostgreSQL's refusal of a statement, thrown where a refusal was not one of the expected outcomes.
import type { SqlError } from './database.ts';

export class SqlFailure extends Error {
  readonly error: SqlError;
  constructor(error: SqlError) {
    super(`${error.sqlstate}: ${error.message}`);
    this.name = 'SqlFailure';
    this.error = error;
  }
}
