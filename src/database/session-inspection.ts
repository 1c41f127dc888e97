// Looking at a database through one session: catalogue queries, descriptions and plans of many statements in few round
// trips, advisory locks. The same for both engines; who opens and closes the session is not decided here.
import type { DescribedField, Description, Explanation, Inspection, SqlError, TypeInfo } from './database.ts';
import { exchange, type Reply } from './exchange.ts';
import type { Link, WireField } from './link.ts';
import type { MessageWriter } from './message-writer.ts';
import { SqlFailure } from './sql-failure.ts';
import type { TypeRegistry } from './type-registry.ts';
import { writeArrayText } from './array-text.ts';

export interface SessionInspectionOptions {
  readonly link: Link;
  readonly writer: MessageWriter;
  readonly types: TypeRegistry;
  readonly serverVersion: number;
  /** GENERIC_PLAN works in the extended protocol too, so that many plans share a round trip. */
  readonly pipelinesPlans: boolean;
}

const genericPlan = 'explain (generic_plan) ';
const lockKey = 'pg_catalog.hashtextextended($1, 0)';

export class SessionInspection implements Inspection {
  readonly serverVersion: number;
  readonly #link: Link;
  readonly #writer: MessageWriter;
  readonly #types: TypeRegistry;
  readonly #pipelinesPlans: boolean;

  constructor(options: SessionInspectionOptions) {
    this.serverVersion = options.serverVersion;
    this.#link = options.link;
    this.#writer = options.writer;
    this.#types = options.types;
    this.#pipelinesPlans = options.pipelinesPlans;
  }

  async query(
    sql: string,
    values: readonly (string | number | boolean | null | readonly (string | number)[])[] = [],
  ): Promise<Record<string, string | null>[]> {
    const texts = values.map((value) => {
      if (value === null) return null;
      return typeof value === 'object' ? writeArrayText(value.map(String), ',') : String(value);
    });
    const writer = this.#writer.parse('', sql).describeStatement('').bind('', texts).execute(0).sync();
    const reply = await exchange(this.#link, writer.take());
    if (reply.error !== undefined) throw new SqlFailure(reply.error);
    const names = (reply.fieldLists[0] ?? []).map((field) => field.name);
    return reply.rows.map((row) =>
      Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])),
    );
  }

  async describe(
    texts: readonly string[],
    options: { rowSecurityOff?: boolean } = {},
  ): Promise<Description[]> {
    const off = options.rowSecurityOff === true;
    if (off) await this.query('set row_security = off');
    try {
      const described = await this.#describeAll(texts);
      return await this.#nameTypes(described);
    } finally {
      if (off) await this.query('reset row_security');
    }
  }

  async explain(
    texts: readonly { readonly text: string; readonly parameterTypes: readonly TypeInfo[] }[],
  ): Promise<Explanation[]> {
    if (this.serverVersion < 160_000) return this.#explainPrepared(texts);
    return this.#explainGeneric(texts.map(({ text }) => text));
  }

  async tryLock(key: string): Promise<boolean> {
    const [row] = await this.query(`select pg_catalog.pg_try_advisory_lock(${lockKey}) as locked`, [key]);
    return row?.['locked'] === 't';
  }

  async unlock(key: string): Promise<void> {
    await this.query(`select pg_catalog.pg_advisory_unlock(${lockKey})`, [key]);
  }

  async #describeAll(texts: readonly string[]): Promise<(RawDescription | SqlError)[]> {
    const described: (RawDescription | SqlError)[] = [];
    while (described.length < texts.length) {
      for (const text of texts.slice(described.length)) this.#writer.parse('', text).describeStatement('');
      const reply = await exchange(this.#link, this.#writer.sync().take());
      for (const [index, fields] of reply.fieldLists.entries()) {
        described.push({ oids: reply.parameterLists[index] ?? [], fields });
      }
      if (reply.error !== undefined) described.push(reply.error);
    }
    return described;
  }

  async #nameTypes(described: readonly (RawDescription | SqlError)[]): Promise<Description[]> {
    const oids = described.flatMap((one) =>
      'sqlstate' in one ? [] : [...one.oids, ...one.fields.map((field) => field.dataTypeID)],
    );
    const unique = [...new Set(oids)];
    const types = this.#types.find(unique) ?? (await this.#types.resolve(this.#link, this.#writer, unique));
    const byOid = new Map(unique.map((oid, index) => [oid, types[index]]));
    return described.map((one) => {
      if ('sqlstate' in one) return { ok: false, error: one };
      const parameters = one.oids.flatMap((oid) => byOid.get(oid) ?? []);
      const fields = one.fields.flatMap((field) => describeField(field, byOid.get(field.dataTypeID)));
      return { ok: true, parameters, fields };
    });
  }

  async #explainGeneric(texts: readonly string[]): Promise<Explanation[]> {
    const explained: Explanation[] = [];
    while (explained.length < texts.length) {
      const rest = texts.slice(explained.length);
      const [first] = rest;
      if (this.#pipelinesPlans) for (const text of rest) this.#writer.run(genericPlan + text);
      else if (first !== undefined) this.#writer.query(genericPlan + first);
      const bytes = this.#pipelinesPlans ? this.#writer.sync().take() : this.#writer.take();
      const reply = await exchange(this.#link, bytes);
      for (let count = reply.tags.length; count > 0; count -= 1) explained.push({ ok: true });
      if (reply.error !== undefined)
        explained.push({ ok: false, error: shift(reply.error, genericPlan.length) });
    }
    return explained;
  }

  /** Three statements a text: PREPARE, EXPLAIN EXECUTE with NULLs, DEALLOCATE. */
  async #explainPrepared(
    texts: readonly { readonly text: string; readonly parameterTypes: readonly TypeInfo[] }[],
  ): Promise<Explanation[]> {
    await this.query('set plan_cache_mode = force_generic_plan');
    const explained: Explanation[] = [];
    let leftOver = false;
    while (explained.length < texts.length) {
      if (leftOver) await this.query('deallocate stk_explain');
      leftOver = false;
      for (const { text, parameterTypes } of texts.slice(explained.length)) {
        const nulls = parameterTypes.map(() => 'null').join(', ');
        this.#writer
          .run(writePrepare(parameterTypes) + text)
          .run(`explain execute stk_explain${nulls === '' ? '' : `(${nulls})`}`)
          .run('deallocate stk_explain');
      }
      const reply: Reply = await exchange(this.#link, this.#writer.sync().take());
      const failing = texts[explained.length + Math.floor(reply.tags.length / 3)];
      for (let count = Math.floor(reply.tags.length / 3); count > 0; count -= 1) explained.push({ ok: true });
      if (reply.error === undefined || failing === undefined) continue;
      // PREPARE itself is no transaction's: it stays when the next step fails.
      leftOver = reply.tags.length % 3 === 1;
      explained.push({
        ok: false,
        error: shift(reply.error, [...writePrepare(failing.parameterTypes)].length),
      });
    }
    if (leftOver) await this.query('deallocate stk_explain');
    await this.query('reset plan_cache_mode');
    return explained;
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

function writePrepare(types: readonly TypeInfo[]): string {
  const list = types.map(spell).join(', ');
  return `prepare stk_explain${list === '' ? '' : `(${list})`} as `;
}

function spell(type: TypeInfo): string {
  if (type.element !== undefined) return `${spell(type.element)}[]`;
  if (type.schema === 'pg_catalog') return type.name;
  return `${quoteIdentifier(type.schema)}.${quoteIdentifier(type.name)}`;
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function shift(error: SqlError, by: number): SqlError {
  const position = error.position === undefined ? undefined : error.position - by;
  return { ...error, position: position !== undefined && position > 0 ? position : undefined };
}
