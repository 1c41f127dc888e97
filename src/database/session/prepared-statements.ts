// The statements that one session has prepared for calls: prepares one on first use, with the encoders for its
// parameters and rows, and drops the oldest. Does not run them.
import type { ExecuteRequest } from '../database.ts';
import { RowEncoder } from '../wire/encode-row.ts';
import { chooseParameterEncoder, type ParameterEncoder } from '../wire/encode-value.ts';
import { exchange } from '../wire/exchange.ts';
import type { Link } from '../wire/link.ts';
import type { MessageWriter } from '../wire/message-writer.ts';
import { SqlFailure } from '../sql-failure.ts';
import type { TypeRegistry } from '../wire/type-registry.ts';

/** A statement before every call, in its transaction: the settings that a shared session needs (role, search_path, …). */
export interface Prelude {
  readonly text: string;
  values(mode: 'read' | 'write'): readonly string[];
}

export interface PreparedStatementsOptions {
  readonly link: Link;
  readonly writer: MessageWriter;
  readonly types: TypeRegistry;
  /** Prefix for the names of prepared statements when several runners share a session. */
  readonly prefix?: string;
  /** `undefined` when the session is set up already. */
  readonly prelude?: Prelude;
  /** Sets the claims, $1; refused when the session has lost its settings. */
  readonly claims?: string;
}

export interface PreparedStatement {
  readonly serverName: string;
  readonly parameters: readonly ParameterEncoder[];
  readonly encoder: RowEncoder;
  readonly returnsRows: boolean;
}

/** The most statements that one session keeps prepared; the oldest makes room. */
const mostStatements = 500;
const setClaims = "select pg_catalog.set_config('request.jwt.claims', $1, true)";

/** Before a call that may create temporary objects: those of a function in the previous call would hide real ones. */
const dropTemporary = 'discard temp';
/** Nothing of the call was done. */
export class RefusedEarly extends SqlFailure {}

export class PreparedStatements {
  readonly #link: Link;
  readonly #writer: MessageWriter;
  readonly #types: TypeRegistry;
  readonly #prefix: string;
  readonly #prelude: Prelude | undefined;
  readonly #claims: string;
  readonly #isGuarded: boolean;
  #prepared = new Map<string, PreparedStatement>();
  #forgotten: string[] = [];
  #names = 0;
  #isSetUp = false;

  constructor({
    link,
    writer,
    types,
    prefix = 'stk',
    prelude,
    claims = setClaims,
  }: PreparedStatementsOptions) {
    this.#link = link;
    this.#writer = writer;
    this.#types = types;
    this.#prefix = prefix;
    this.#prelude = prelude;
    this.#claims = claims ?? setClaims;
    this.#isGuarded = claims !== undefined;
  }

  /** By the name of a call's statement. */
  get(name: string): PreparedStatement | undefined {
    return this.#prepared.get(name);
  }

  /** All are prepared again on next use. */
  forget(): void {
    for (const { serverName } of this.#prepared.values()) this.#forgotten.push(serverName);
    this.#prepared = new Map();
    this.#isSetUp = false;
  }

  /**
   * Rejects with SqlFailure when PostgreSQL refuses the statement, RefusedEarly when it refuses a statement before it;
   * or SessionLost.
   */
  async prepare(request: ExecuteRequest): Promise<PreparedStatement> {
    const { name, text, mode } = request.statement;
    const writer = this.#writer;
    for (const old of this.#forgotten.splice(0)) writer.closeStatement(old);
    if (this.#prepared.size >= mostStatements) this.#evict();
    if (!this.#isSetUp) {
      writer
        .prepare(`${this.#prefix}_claims`, this.#claims)
        .prepare(`${this.#prefix}_discard`, dropTemporary);
      if (this.#prelude !== undefined) writer.prepare(`${this.#prefix}_prelude`, this.#prelude.text);
    }
    if (this.#isGuarded) await this.#requireSetUp();
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

  /** Writes what comes before a call: prelude, a reset, claims. Returns the number of these statements. */
  writeOpening(mode: 'read' | 'write', claims: string): number {
    const count = this.#writePrelude(mode) + 1;
    this.#writer.bind(`${this.#prefix}_claims`, [claims]).execute(0);
    if (mode === 'read') return count;
    this.#writer.bind(`${this.#prefix}_discard`, []).execute(0);
    return count + 1;
  }

  /** Otherwise the statement would be prepared for another role or schema. */
  async #requireSetUp(): Promise<void> {
    this.#writer.bind(`${this.#prefix}_claims`, ['{}']).execute(0).sync();
    const reply = await exchange(this.#link, this.#writer.take());
    if (reply.error !== undefined) throw new RefusedEarly(reply.error);
  }

  #writePrelude(mode: 'read' | 'write'): number {
    if (this.#prelude === undefined) return 0;
    this.#writer.bind(`${this.#prefix}_prelude`, this.#prelude.values(mode)).execute(0);
    return 1;
  }

  #evict(): void {
    const [oldest] = this.#prepared;
    if (oldest === undefined) return;
    this.#writer.closeStatement(oldest[1].serverName);
    this.#prepared.delete(oldest[0]);
  }
}
