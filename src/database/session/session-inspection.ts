// Reads a database through one session: catalogue queries, descriptions and plans of many statements in few round
// trips, advisory locks. The same for both engines; the caller opens and closes the session.
import type {
  BodyToAnalyse,
  DescribeOptions,
  DescribedField,
  Description,
  ExplainAnswer,
  Inspection,
  SqlError,
  TypeInfo,
} from '../database.ts';
import { exchange } from '../wire/exchange.ts';
import { explainGeneric, explainPrepared, type PlannableText } from './explain-statements.ts';
import type { Link, WireField } from '../wire/link.ts';
import { countRefused } from '../passing-error.ts';
import { scratchStatement as scratch, type MessageWriter } from '../wire/message-writer.ts';
import { SqlFailure } from '../sql-failure.ts';
import { statementsAtOnce } from './statements-at-once.ts';
import type { TypeRegistry } from '../wire/type-registry.ts';
import { writeArrayText } from '../wire/array-text.ts';

export interface SessionInspectionOptions {
  readonly link: Link;
  readonly writer: MessageWriter;
  readonly types: TypeRegistry;
  readonly serverVersion: number;
  /** Only this inspection uses the session: queries are prepared once, which pays for the large catalogue queries. */
  readonly keepsQueries?: boolean;
  /** The most in one exchange; default: {@link statementsAtOnce}. */
  readonly atOnce?: number;
}

/** A query that the session has prepared under a name. */
interface KeptQuery {
  readonly serverName: string;
  readonly names: readonly string[];
}

const mostKeptQueries = 16;
const noRowSecurity = "select pg_catalog.set_config('row_security', 'off', true)";
const checksBodies = "select pg_catalog.set_config('check_function_bodies', 'on', true)";
const searchPath = "select pg_catalog.set_config('search_path', $1, true)";
/** The validator that CREATE FUNCTION calls. */
const analyseBody = 'select pg_catalog.fmgr_sql_validator($1)';
/** A key in digits is the lock's number; any other key is hashed. */
export const lockNumber =
  "case when $1 ~ '^-?[0-9]{1,18}$' then $1::pg_catalog.int8 else pg_catalog.hashtextextended($1, 0) end";

export class SessionInspection implements Inspection {
  readonly serverVersion: number;
  readonly #link: Link;
  readonly #writer: MessageWriter;
  readonly #types: TypeRegistry;
  readonly #kept: Map<string, KeptQuery> | undefined;
  readonly #atOnce: number;
  /** Keys that it locked and did not unlock. */
  readonly #locked = new Set<string>();

  constructor(options: SessionInspectionOptions) {
    this.serverVersion = options.serverVersion;
    this.#link = options.link;
    this.#writer = options.writer;
    this.#types = options.types;
    this.#kept = options.keepsQueries === true ? new Map() : undefined;
    this.#atOnce = options.atOnce ?? statementsAtOnce;
  }

  async query(
    sql: string,
    values: readonly (string | number | boolean | null | readonly (string | number)[])[] = [],
  ): Promise<Record<string, string | null>[]> {
    const texts = values.map((value) => {
      if (value === null) return null;
      return typeof value === 'object' ? writeArrayText(value.map(String), ',') : String(value);
    });
    const kept = this.#kept?.get(sql);
    const keeps = kept === undefined && this.#kept !== undefined && this.#kept.size < mostKeptQueries;
    const serverName = kept?.serverName ?? (keeps ? `stk_query_${this.#kept.size}` : scratch);
    if (kept === undefined) this.#writer.prepare(serverName, sql).describeStatement(serverName);
    this.#writer.bind(serverName, texts).execute(0);
    const reply = await exchange(this.#link, this.#writer.sync().take());
    if (reply.error !== undefined) throw new SqlFailure(reply.error);
    const names = kept?.names ?? (reply.fieldLists[0] ?? []).map((field) => field.name);
    if (keeps) this.#kept.set(sql, { serverName, names });
    return reply.rows.map((row) =>
      Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])),
    );
  }

  async describe(texts: readonly string[], options: DescribeOptions = {}): Promise<Description[]> {
    return this.#nameTypes(await this.#describeAll(texts, options));
  }

  async explain(texts: readonly PlannableText[]): Promise<ExplainAnswer[]> {
    const session = { link: this.#link, writer: this.#writer, atOnce: this.#atOnce };
    return this.serverVersion < 160_000 ? explainPrepared(session, texts) : explainGeneric(session, texts);
  }

  async analyseBodies(functions: readonly BodyToAnalyse[]): Promise<(SqlError | undefined)[]> {
    const analysed: (SqlError | undefined)[] = [];
    while (analysed.length < functions.length) {
      this.#writer.run(checksBodies);
      let path: string | undefined;
      const steps: ('set' | 'analyse')[] = ['set'];
      for (const body of functions.slice(analysed.length, analysed.length + this.#atOnce)) {
        // The setting stays until the end of the exchange.
        if (path !== undefined && body.searchPath === undefined) break;
        if (body.searchPath !== path && body.searchPath !== undefined) {
          this.#writer.run(searchPath, [body.searchPath]);
          steps.push('set');
        }
        path = body.searchPath;
        this.#writer.run(analyseBody, [String(body.oid)]);
        steps.push('analyse');
      }
      const reply = await exchange(this.#link, this.#writer.sync().take());
      const done = steps.slice(0, reply.tags.length).filter((step) => step === 'analyse');
      analysed.push(...done.map(() => undefined));
      const { error } = reply;
      if (error === undefined) continue;
      for (let left = countRefused(error, functions.length - analysed.length); left > 0; left -= 1)
        analysed.push(error);
    }
    return analysed;
  }

  async tryLock(key: string): Promise<boolean> {
    this.#locked.add(key);
    const [row] = await this.query(`select pg_catalog.pg_try_advisory_lock_shared(${lockNumber}) as locked`, [
      key,
    ]);
    return row?.['locked'] === 't';
  }

  async unlock(key: string): Promise<void> {
    await this.query(`select pg_catalog.pg_advisory_unlock_shared(${lockNumber})`, [key]);
    this.#locked.delete(key);
  }

  /** Before another user gets the session. */
  async unlockAll(): Promise<void> {
    if (this.#locked.size > 0) await this.query('select pg_catalog.pg_advisory_unlock_all()');
    this.#locked.clear();
  }

  async #describeAll(
    texts: readonly string[],
    options: DescribeOptions,
  ): Promise<(RawDescription | SqlError)[]> {
    const described: (RawDescription | SqlError)[] = [];
    while (described.length < texts.length) {
      if (options.rowSecurityOff === true) this.#writer.run(noRowSecurity);
      if (options.searchPath !== undefined) this.#writer.run(searchPath, [options.searchPath]);
      for (const text of texts.slice(described.length, described.length + this.#atOnce))
        this.#writer.prepare(scratch, text).describeStatement(scratch);
      const reply = await exchange(this.#link, this.#writer.sync().take());
      for (const [index, fields] of reply.fieldLists.entries()) {
        described.push({ oids: reply.parameterLists[index] ?? [], fields });
      }
      const { error } = reply;
      if (error === undefined) continue;
      for (let left = countRefused(error, texts.length - described.length); left > 0; left -= 1)
        described.push(error);
    }
    return described;
  }

  async #nameTypes(described: readonly (RawDescription | SqlError)[]): Promise<Description[]> {
    const oids = described.flatMap((one) =>
      'sqlstate' in one ? [] : [...one.oids, ...one.fields.map((field) => field.dataTypeID)],
    );
    const unique = [...new Set(oids)];
    const types = await this.#types.resolveAfresh(this.#link, this.#writer, unique);
    const byOid = new Map(unique.map((oid, index) => [oid, types[index]]));
    return described.map((one) => {
      if ('sqlstate' in one) return { ok: false, error: one };
      const parameters = one.oids.flatMap((oid) => byOid.get(oid) ?? []);
      const fields = one.fields.flatMap((field) => describeField(field, byOid.get(field.dataTypeID)));
      return { ok: true, parameters, fields };
    });
  }
}

interface RawDescription {
  readonly oids: readonly number[];
  readonly fields: readonly WireField[];
}

function describeField(field: WireField, type: TypeInfo | undefined): DescribedField[] {
  if (type === undefined) return [];
  const { name, tableID, columnID, dataTypeModifier } = field;
  return [{ name, type, typmod: dataTypeModifier, tableOid: tableID, columnNumber: columnID }];
}
