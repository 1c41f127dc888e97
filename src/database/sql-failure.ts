// PostgreSQL's refusal of a statement, thrown when a refusal is not an expected outcome.
import type { SqlError } from './database.ts';

export class SqlFailure extends Error {
  readonly error: SqlError;
  constructor(error: SqlError) {
    super(`${error.sqlstate}: ${error.message}`);
    this.name = 'SqlFailure';
    this.error = error;
  }
}
