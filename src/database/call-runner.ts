// Runs operations on one session: prepares a statement the first time it is met, then one exchange a call (claims and
// statement before one Sync, which is one implicit transaction). Shared by both engines; one call at a time.
import { answerTooLarge, mostAnswerBytes } from './answer-limit.ts';
import type { ExecuteOutcome, ExecuteRequest, SqlError } from './database.ts';
import { RowEncoder } from './encode-row.ts';
import { chooseParameterEncoder, type ParameterEncoder } from './encode-value.ts';
import { exchange } from './exchange.ts';
import type { Link, ReplyHandler } from './link.ts';
import type { MessageWriter } from './message-writer.ts';
import { explainFailure, isStalePlan, refuse } from './refuse-call.ts';
import { SqlFailure } from './sql-failure.ts';
import type { TypeRegistry } from './type-registry.ts';

/** A statement in front of every call, in its transaction: what a shared session needs (role, search_path, …). */
export interface Prelude {
  readonly text: string;
  values(mode: 'read' | 'write'): readonly string[];
}

export interface CallRunnerOptions {
  readonly link: Link;
  readonly writer: MessageWriter;
  readonly types: TypeRegistry;
  /** In front of the names of prepared statements, where several runners share a session. */
  readonly prefix?: string;
  /** Undefined: the session is set up already. */
  readonly prelude?: Prelude;
}

interface PreparedStatement {
  readonly serverName: string;
  readonly parameters: readonly ParameterEncoder[];
  readonly encoder: RowEncoder;
  readonly returnsRows: boolean;
}

/** Most statements that one session keeps prepared; the one prepared longest ago makes room. */
const preparedStatements = 500;
const setClaims = "select pg_catalog.set_config('request.jwt.claims', $1, true)";
const noRows: readonly string[] = [];

export class CallRunner implements ReplyHandler {
  readonly #link: Link;
  readonly #writer: MessageWriter;
  readonly #types: TypeRegistry;
  readonly #prefix: string;
  readonly #prelude: Prelude | undefined;
  #prepared = new Map<string, PreparedStatement>();
  #forgotten: string[] = [];
  #names = 0;
  #isSetUp = false;

  // The call under way.
  #request: ExecuteRequest | undefined;
  #statement: PreparedStatement | undefined;
  #done: (outcome: ExecuteOutcome) => void = ignore;
  #retried = false;
  /** Replies of this many statements are not the caller's. */
  #skip = 0;
  #rows: string[] = [];
  #count = 0;
  #tooMany = false;
  /** Characters of the rows. */
  #size = 0;
  #isTooLarge = false;
  /** A Flush ended the first part; Sync follows when the rows are counted. */
  #held = false;
  #error: SqlError | undefined;
  #fatal = false;

  constructor({ link, writer, types, prefix = 'stk', prelude }: CallRunnerOptions) {
    this.#link = link;
    this.#writer = writer;
    this.#types = types;
    this.#prefix = prefix;
    this.#prelude = prelude;
  }

  /** Calls `done` once, never in the same turn as `run` unless the input is refused. */
  run(request: ExecuteRequest, done: (outcome: ExecuteOutcome) => void): void {
    this.#request = request;
    this.#done = done;
    this.#retried = false;
    const prepared = this.#prepared.get(request.statement.name);
    if (prepared === undefined) this.#prepareAndStart(request);
    else this.#start(request, prepared);
  }

  /** Statements are prepared anew when they are next met. */
  forget(): void {
    for (const { serverName } of this.#prepared.values()) this.#forgotten.push(serverName);
    this.#prepared = new Map();
    this.#isSetUp = false;
  }

  #prepareAndStart(request: ExecuteRequest): void {
    this.#prepare(request).then(
      (prepared) => this.#start(request, prepared),
      (error: unknown) => {
        if (error instanceof SqlFailure && isStalePlan(error.error) && !this.#retried)
          this.#startAnew(request);
        else this.#finish(explainFailure(error));
      },
    );
  }

  #startAnew(request: ExecuteRequest): void {
    this.#retried = true;
    this.forget();
    this.#prepareAndStart(request);
  }

  async #prepare(request: ExecuteRequest): Promise<PreparedStatement> {
    const { name, text, mode } = request.statement;
    const writer = this.#writer;
    for (const old of this.#forgotten.splice(0)) writer.closeStatement(old);
    if (this.#prepared.size >= preparedStatements) this.#evict(writer);
    if (!this.#isSetUp) {
      writer.prepare(`${this.#prefix}_claims`, setClaims);
      if (this.#prelude !== undefined) writer.prepare(`${this.#prefix}_prelude`, this.#prelude.text);
    }
    this.#writePrelude(mode);
    this.#names += 1;
    const serverName = `${this.#prefix}_${this.#names}`;
    writer.prepare(serverName, text).describeStatement(serverName).sync();
    const reply = await exchange(this.#link, writer.take());
    if (reply.error !== undefined) throw new SqlFailure(reply.error);
    this.#isSetUp = true;
    const fields = reply.fieldLists.at(-1) ?? [];
    const oids = [...(reply.parameterLists.at(-1) ?? []), ...fields.map((field) => field.dataTypeID)];
    const types = this.#types.find(oids) ?? (await this.#types.resolve(this.#link, writer, oids));
    const parameterCount = types.length - fields.length;
    const columns = fields.flatMap((field, index) => {
      const type = types[parameterCount + index];
      return type === undefined ? [] : [{ name: field.name, type }];
    });
    const prepared = {
      serverName,
      parameters: types.slice(0, parameterCount).map(chooseParameterEncoder),
      encoder: new RowEncoder(columns),
      returnsRows: fields.length > 0,
    };
    this.#prepared.set(name, prepared);
    return prepared;
  }

  #evict(writer: MessageWriter): void {
    const [oldest] = this.#prepared;
    if (oldest === undefined) return;
    writer.closeStatement(oldest[1].serverName);
    this.#prepared.delete(oldest[0]);
  }

  #start(request: ExecuteRequest, prepared: PreparedStatement): void {
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
    this.#held = wantsRows && request.statement.mode === 'write' && prepared.returnsRows;
    const writer = this.#writer;
    this.#skip = this.#writePrelude(request.statement.mode) + 1;
    writer.bind(`${this.#prefix}_claims`, [request.claims ?? '{}']).execute(0);
    writer.bind(prepared.serverName, values).execute(wantsRows ? request.maxRows + 1 : 0);
    if (this.#held) writer.flush();
    else writer.sync();
    this.#link.exchange(writer.take(), this);
  }

  /** Gives how many statements it wrote. */
  #writePrelude(mode: 'read' | 'write'): number {
    if (this.#prelude === undefined) return 0;
    this.#writer.bind(`${this.#prefix}_prelude`, this.#prelude.values(mode)).execute(0);
    return 1;
  }

  parameterTypes(): void {}

  fields(): void {}

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
    if (this.#held && !fatal) this.#release(false);
  }

  ready(): void {
    const error = this.#error;
    const request = this.#request;
    if (error === undefined) {
      if (this.#tooMany) this.#finish({ kind: 'too-many-rows' });
      else if (this.#isTooLarge) this.#finish({ kind: 'sql-error', error: answerTooLarge });
      else if (request?.wants === 'rows')
        this.#finish({ kind: 'done', rows: this.#rows, count: this.#rows.length });
      else this.#finish({ kind: 'done', rows: noRows, count: this.#count });
      return;
    }
    if (this.#tooMany) {
      this.#finish({ kind: 'too-many-rows' });
    } else if (request !== undefined && !this.#retried && isStalePlan(error)) {
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

  /** Ends the implicit transaction: commits, or takes everything back. */
  #release(takeBack: boolean): void {
    this.#held = false;
    if (takeBack) this.#writer.run('rollback');
    this.#skip = takeBack ? 1 : 0;
    this.#link.push(this.#writer.sync().take());
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
