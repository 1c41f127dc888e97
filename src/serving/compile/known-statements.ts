// Statements that the compiler has read, by text. Releases share most of their statements, and each is large: the main
// thread gets a statement once and its key from then on.
import { prepareStatement } from '../../sql/prepare-statement.ts';
import type { Statement } from '../../sql/statement.ts';
import type { SentStatement } from './compile-protocol.ts';

/** Most characters of cached statements. In memory each takes about 20 times that. */
const mostCharacters = 2 * 1024 * 1024;
const mostSqlLength = 10_000;

interface KnownStatement {
  readonly key: number;
  readonly statement: Statement;
  isSent: boolean;
}

export class KnownStatements {
  readonly #known = new Map<string, KnownStatement>();
  #characters = 0;
  #forgets = false;

  read(sql: string): Statement {
    const known = this.#known.get(sql);
    if (known !== undefined) return known.statement;
    const statement = prepareStatement(sql);
    if (sql.length > mostSqlLength) return statement;
    this.#characters += sql.length;
    if (this.#characters > mostCharacters) {
      this.forget();
      this.#characters = sql.length;
    }
    this.#known.set(sql, { key: this.#known.size, statement, isSent: false });
    return statement;
  }

  /** The next batch informs the main thread. */
  forget(): void {
    this.#known.clear();
    this.#characters = 0;
    this.#forgets = true;
  }

  /** Whether earlier keys became invalid: true once after they did. */
  takeForgets(): boolean {
    const forgets = this.#forgets;
    this.#forgets = false;
    return forgets;
  }

  toSend(statement: Statement): SentStatement {
    const known = this.#known.get(statement.sql);
    if (known === undefined) return { kind: 'once', statement };
    const { key, isSent } = known;
    known.isSent = true;
    return isSent ? { kind: 'known', key } : { kind: 'new', key, statement };
  }
}
