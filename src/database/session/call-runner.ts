// Runs operations on one session: prepares a statement on first use, then one exchange for each call (claims and
// statement before one Sync, which is one implicit transaction). Shared by both engines; one call at a time.
import { answerTooLarge, mostAnswerBytes } from '../wire/answer-limit.ts';
import type { ExecuteOutcome, ExecuteRequest, SqlError } from '../database.ts';
import type { Link, ReplyHandler } from '../wire/link.ts';
import type { MessageWriter } from '../wire/message-writer.ts';
import {
  PreparedStatements,
  RefusedEarly,
  type PreparedStatement,
  type PreparedStatementsOptions,
} from './prepared-statements.ts';
import { explainFailure, isForgotten, mayBeStale, refuse } from './refuse-call.ts';
import { SqlFailure } from '../sql-failure.ts';

const noRows: readonly string[] = [];
/** An outdated plan is refused before anything is done; a migration of many statements causes several. */
const mostRetries = 10;

export class CallRunner implements ReplyHandler {
  readonly #link: Link;
  readonly #writer: MessageWriter;
  readonly #prepared: PreparedStatements;

  // The current call.
  #request: ExecuteRequest | undefined;
  #statement: PreparedStatement | undefined;
  #done: (outcome: ExecuteOutcome) => void = ignore;
  #retries = 0;
  /** The statement was prepared for this call. */
  #isFresh = false;
  /** Statements, including the call's own, without a plan from PostgreSQL yet. */
  #unbound = 0;
  /** Replies of this many statements are not for the caller. */
  #skip = 0;
  #rows: string[] = [];
  #count = 0;
  #tooMany = false;
  /** Characters of the rows. */
  #size = 0;
  #isTooLarge = false;
  /** A Flush ended the first part; Sync follows after the rows are counted. */
  #held = false;
  #error: SqlError | undefined;
  #fatal = false;
  /** The statements before the caller's are running. */
  #isOpening = false;
  #isRefusedEarly = false;

  constructor(options: PreparedStatementsOptions) {
    this.#link = options.link;
    this.#writer = options.writer;
    this.#prepared = new PreparedStatements(options);
  }

  /** Calls `done` once, never in the same turn as `run` unless the input is refused. */
  run(request: ExecuteRequest, done: (outcome: ExecuteOutcome) => void): void {
    this.#request = request;
    this.#done = done;
    this.#retries = 0;
    this.#isFresh = false;
    const prepared = this.#prepared.get(request.statement.name);
    if (prepared === undefined) this.#prepareAndStart(request);
    else this.#start(request, prepared);
  }

  /** For the last call: a statement before the caller's was refused, and nothing was done. */
  get isRefusedEarly(): boolean {
    return this.#isRefusedEarly;
  }

  /** Statements are prepared again on next use. */
  forget(): void {
    this.#prepared.forget();
  }

  #prepareAndStart(request: ExecuteRequest): void {
    this.#isFresh = true;
    this.#prepared.prepare(request).then(
      (prepared) => this.#start(request, prepared),
      (error: unknown) => {
        if (error instanceof SqlFailure && isForgotten(error.error) && this.#retries < mostRetries)
          this.#startAnew(request);
        else {
          this.#isRefusedEarly = error instanceof RefusedEarly;
          this.#finish(explainFailure(error));
        }
      },
    );
  }

  /** With all statements of the session: a change that affects one affects others. */
  #startAnew(request: ExecuteRequest): void {
    this.#retries += 1;
    this.forget();
    this.#prepareAndStart(request);
  }

  /** Nothing was done: PostgreSQL refused before the statement began, or it only reads. */
  #mayStartAnew(error: SqlError, { statement }: ExecuteRequest): boolean {
    const hasBegun = this.#unbound <= 0;
    if (isForgotten(error) || (error.sqlstate === '0A000' && !hasBegun)) return this.#retries < mostRetries;
    return !this.#isFresh && mayBeStale(error) && (!hasBegun || statement.mode === 'read');
  }

  #start(request: ExecuteRequest, prepared: PreparedStatement): void {
    this.#isRefusedEarly = false;
    const values: (string | null)[] = [];
    for (let index = 0; index < prepared.parameters.length; index += 1) {
      const value = request.values[index];
      const encoder = prepared.parameters[index];
      if (value === null || value === undefined || encoder === undefined) {
        values.push(null);
        continue;
      }
      const encoded = encoder.encode(value);
      if (encoded === undefined) {
        this.#finish({ kind: 'invalid-value', parameter: index, expected: encoder.expected });
        return;
      }
      values.push(encoded);
    }
    const wantsRows = request.wants === 'rows';
    this.#statement = prepared;
    this.#rows = [];
    this.#count = 0;
    this.#tooMany = false;
    this.#size = 0;
    this.#isTooLarge = false;
    this.#error = undefined;
    this.#fatal = false;
    this.#held =
      request.isRehearsal === true ||
      (wantsRows && request.statement.mode === 'write' && prepared.returnsRows);
    const writer = this.#writer;
    this.#isOpening = true;
    this.#skip = this.#prepared.writeOpening(request.statement.mode, request.claims ?? '{}');
    this.#unbound = this.#skip + 1;
    writer.bind(prepared.serverName, values).execute(wantsRows ? request.maxRows + 1 : 0);
    if (this.#held) writer.flush();
    else writer.sync();
    this.#link.exchange(writer.take(), this);
  }

  parameterTypes(): void {}

  fields(): void {}

  bound(): void {
    this.#unbound -= 1;
  }

  row(values: readonly (string | null)[]): void {
    if (this.#skip > 0 || this.#request?.wants !== 'rows') return;
    if (this.#rows.length >= this.#request.maxRows) this.#tooMany = true;
    else if (!this.#isTooLarge && this.#statement !== undefined)
      this.#keep(this.#statement.encoder.row(values));
  }

  tooLarge(): void {
    this.#isTooLarge = true;
    this.#rows = [];
  }

  complete(tag: string): void {
    if (this.#skip > 0) {
      this.#skip -= 1;
      if (this.#skip === 0) this.#isOpening = false;
      return;
    }
    this.#count = readCount(tag);
    if (this.#held) this.#release(this.#tooMany || this.#isTooLarge);
  }

  suspended(): void {
    this.#tooMany = true;
    if (this.#held) this.#release(true);
  }

  refused(error: SqlError, fatal: boolean): void {
    this.#error ??= error;
    this.#fatal ||= fatal;
    this.#isRefusedEarly ||= this.#isOpening;
    if (this.#held && !fatal) this.#release(false);
  }

  ready(): void {
    const error = this.#error;
    const request = this.#request;
    if (error === undefined) {
      if (this.#tooMany) this.#finish({ kind: 'too-many-rows' });
      else if (this.#isTooLarge) this.#finish({ kind: 'sql-error', error: answerTooLarge });
      else if (request?.wants === 'rows') this.#conclude(this.#rows, this.#rows.length);
      else this.#conclude(noRows, this.#count);
      return;
    }
    if (this.#tooMany) {
      this.#finish({ kind: 'too-many-rows' });
    } else if (request !== undefined && !this.#fatal && this.#mayStartAnew(error, request)) {
      this.#startAnew(request);
    } else {
      this.#finish(refuse(error, this.#fatal));
    }
  }

  lost(message: string): void {
    const error = this.#isTooLarge ? answerTooLarge : this.#error;
    this.#finish(
      error === undefined ? { kind: 'unavailable', message, busy: false } : refuse(error, this.#fatal),
    );
  }

  #keep(row: string): void {
    this.#size += row.length;
    if (this.#size > mostAnswerBytes) this.tooLarge();
    else this.#rows.push(row);
  }

  /** Ends the implicit transaction: commits, or rolls back. */
  #release(takeBack: boolean): void {
    this.#held = false;
    const isRehearsal = this.#request?.isRehearsal === true && this.#error === undefined;
    if (isRehearsal && !takeBack) this.#writer.run('set constraints all immediate');
    if (isRehearsal || takeBack) this.#writer.run('rollback');
    this.#skip = takeBack ? 1 : isRehearsal ? 2 : 0;
    this.#link.push(this.#writer.sync().take());
  }

  #conclude(rows: readonly string[], count: number): void {
    this.#finish({ kind: 'done', rows, count, ...(this.#retries > 0 ? { wasStale: true } : {}) });
  }

  #finish(outcome: ExecuteOutcome): void {
    const done = this.#done;
    this.#done = ignore;
    this.#request = undefined;
    this.#statement = undefined;
    this.#rows = [];
    done(outcome);
  }
}

/** `UPDATE 3` → 3, `INSERT 0 3` → 3. */
function readCount(tag: string): number {
  const count = Number(tag.slice(tag.lastIndexOf(' ') + 1));
  return Number.isInteger(count) ? count : 0;
}

function ignore(): void {}
