// The types of one database by OID, for parameters and columns. Loaded on demand, all unknown types of a statement in
// one query, and dropped when the schema changes.
import type { TypeInfo } from '../database.ts';
import { exchange } from './exchange.ts';
import type { Link } from './link.ts';
import type { MessageWriter } from './message-writer.ts';
import { SqlFailure } from '../sql-failure.ts';

interface TypeRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly formatted: string;
  readonly type: string;
  readonly element: number;
  readonly base: number;
  readonly isArray: boolean;
}

/** OIDs below are PostgreSQL's own objects (FirstNormalObjectId). */
const firstOwn = 16_384;

const loadTypes = `with recursive wanted(oid) as (
  select unnest($1::pg_catalog.oid[])
  union
  select next.oid from wanted join pg_catalog.pg_type t on t.oid = wanted.oid,
    lateral (values (t.typelem), (t.typbasetype)) as next(oid) where next.oid <> 0
)
select t.oid, n.nspname, t.typname, pg_catalog.format_type(t.oid, null), t.typtype, t.typelem, t.typbasetype,
  t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc
from wanted join pg_catalog.pg_type t on t.oid = wanted.oid join pg_catalog.pg_namespace n on n.oid = t.typnamespace`;

const kinds: Readonly<Record<string, TypeInfo['kind']>> = {
  b: 'base',
  e: 'enum',
  d: 'domain',
  c: 'composite',
  r: 'range',
  m: 'multirange',
  p: 'pseudo',
};

export class TypeRegistry {
  #types = new Map<number, TypeInfo>();

  /** The types of these OIDs, if all are known. */
  find(oids: readonly number[]): readonly TypeInfo[] | undefined {
    const found: TypeInfo[] = [];
    for (const oid of oids) {
      const type = this.#types.get(oid);
      if (type === undefined) return undefined;
      found.push(type);
    }
    return found;
  }

  /** Asks the database for unknown ones. Throws SqlFailure or SessionLost. */
  async resolve(link: Link, writer: MessageWriter, oids: readonly number[]): Promise<readonly TypeInfo[]> {
    const types = this.#types;
    const missing = [...new Set(oids)].filter((oid) => !types.has(oid));
    if (missing.length > 0) {
      const reply = await exchange(
        link,
        writer
          .run(loadTypes, [`{${missing.join(',')}}`])
          .sync()
          .take(),
      );
      if (reply.error !== undefined) throw new SqlFailure(reply.error);
      const rows = new Map(reply.rows.map(readRow).map((row) => [row.oid, row]));
      for (const oid of rows.keys()) build(oid, rows, types);
    }
    return oids.map((oid) => types.get(oid) ?? unknownType(oid));
  }

  /** Reads all of them again, except PostgreSQL's own: a type may have another name, schema or base by now. */
  async resolveAfresh(
    link: Link,
    writer: MessageWriter,
    oids: readonly number[],
  ): Promise<readonly TypeInfo[]> {
    if (oids.some((oid) => oid >= firstOwn)) {
      this.#types = new Map([...this.#types].filter(([oid]) => oid < firstOwn));
    }
    return this.resolve(link, writer, oids);
  }

  clear(): void {
    this.#types = new Map();
  }
}

function build(oid: number, rows: ReadonlyMap<number, TypeRow>, types: Map<number, TypeInfo>): TypeInfo {
  const known = types.get(oid);
  if (known !== undefined) return known;
  const row = rows.get(oid);
  if (row === undefined) return unknownType(oid);
  const element = row.isArray && row.element !== 0 ? build(row.element, rows, types) : undefined;
  const base = row.base === 0 ? undefined : build(row.base, rows, types);
  const kind = row.type === 'd' ? 'domain' : element === undefined ? (kinds[row.type] ?? 'base') : 'array';
  const own = row.schema === 'pg_catalog' ? row.formatted : row.name;
  const name = kind === 'array' && element !== undefined ? `${element.name}[]` : own;
  const type: TypeInfo = {
    oid,
    schema: row.schema,
    name,
    kind,
    element: kind === 'array' ? element : undefined,
    base,
  };
  types.set(oid, type);
  return type;
}

function readRow(values: readonly (string | null)[]): TypeRow {
  const [oid, schema, name, formatted, type, element, base, isArray] = values;
  return {
    oid: Number(oid),
    schema: schema ?? '',
    name: name ?? '',
    formatted: formatted ?? '',
    type: type ?? 'b',
    element: Number(element),
    base: Number(base),
    isArray: isArray === 't',
  };
}

/** A type that was dropped after the statement was described: text on the wire. */
function unknownType(oid: number): TypeInfo {
  return { oid, schema: 'pg_catalog', name: 'unknown', kind: 'pseudo', element: undefined, base: undefined };
}
