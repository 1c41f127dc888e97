// One short text that changes with everything that may matter to the releases that name these objects: DDL, grants,
// policies, memberships of the roles involved, whether the server is a standby. The server hashes row versions of its
// catalogue: those of these objects, and of the types, functions, operators and casts that any statement may use. So the
// cost hardly grows with the database. It reads no data, and no definitions except the bodies of called functions in SQL
// and PL/pgSQL. When nothing was committed since the session last computed it, it returns the old value.
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import type { CatalogueRequest } from './catalogue.ts';
import { bodyText, isReadableFunction, keyedCtes, searchPathSql, wordsOf } from './catalogue-fragments.ts';
import type { Inspection } from '../database.ts';
import { mostPartitions } from './partition-query.ts';

/** OIDs below are PostgreSQL's own objects (FirstNormalObjectId). */
const firstOwn = 16_384;

const version = (oid: string, row: string): string =>
  `coalesce(bit_xor(hashint8extended(${oid}::int8, ${row}.xmin::text::int8)), 0) || '/' || count(*)`;

/**
 * Rows of a catalogue that belong to class `c`. Each is a separate subquery, like `= any(array(…))` below, so that
 * indexes are used whatever row count the planner estimates.
 */
const ofClass = (catalogue: string, alias: string, oid: string, reference: string): string =>
  `(select ${version(`${alias}.${oid}`, alias)} from ${catalogue} ${alias} where ${alias}.${reference} = c.oid)`;

/** For the rows `g` of pg_trigger and `p` of pg_proc. */
const ofTriggers = `coalesce(bit_xor(hashint8extended(g.oid::int8, g.xmin::text::int8)
  # hashint8extended(p.oid::int8, p.xmin::text::int8)), 0) || '/' || count(*)`;

/**
 * For partitions, only this part of pg_class counts: a TRUNCATE of a partition, which is housekeeping, writes a new row
 * version there.
 */
const ofNames = `coalesce(bit_xor(hashint8extended(c.oid::int8, hashtext(n.nspname || '.' || c.relname || c.relreplident::text))), 0) || '/' || count(*)`;

/** Everything that the bodies of functions with schemas $4 ('' for none) and names $5 may mean: every word of them. */
const bodiesSql = `bodies as materialized (
  select p.oid, p.prosecdef, p.proowner, ${bodyText} as text from pg_proc p
  where p.oid = any(array(select f.oid from unnest($4::text[], $5::text[]) as a(schema, name)
    join pg_namespace n on (a.schema = '' and n.nspname in (select name from (${searchPathSql}) s)) or n.nspname = a.schema
    join pg_proc f on f.proname = a.name::name and f.pronamespace = n.oid)) and ${isReadableFunction}
), words as materialized (
  select distinct w.word from bodies b cross join lateral (${wordsOf('b.text')}) w
),`;

/** Small catalogues that count completely: few rows in every database. With the column that identifies their rows. */
const wholes: readonly (readonly [catalogue: string, key: string])[] = [
  ['pg_publication', 'oid'],
  ['pg_publication_rel', 'oid'],
  ['pg_publication_namespace', 'oid'],
  ['pg_ts_config', 'oid'],
  ['pg_ts_config_map', 'mapcfg::int8 * 4096 + w.maptokentype * 16 + w.mapseqno'],
  ['pg_ts_dict', 'oid'],
  ['pg_language', 'oid'],
  ['pg_extension', 'oid'],
  ['pg_foreign_server', 'oid'],
  ['pg_foreign_data_wrapper', 'oid'],
];

interface Inside {
  readonly ctes: string;
  readonly schemas: string;
  readonly relations: string;
  readonly owners: string;
}

/**
 * Which transactions have ended: while that is unchanged, nothing was committed, and the fingerprint is the same. A
 * standby does not show those in progress, and a transaction sees its own changes.
 */
const stateSql = `case when not pg_is_in_recovery() and pg_current_xact_id_if_assigned() is null
  then pg_current_snapshot()::text end`;

/** Asked first: the whole query takes PostgreSQL a millisecond, even for parts that it skips. */
const askState = `select ${stateSql} as state`;

const write = ({ ctes, schemas, relations, owners }: Inside): string => `
select ${stateSql} as state, (
with recursive ${ctes}spaces as materialized (
  select n.oid, n.nspname, n.nspowner, n.nspacl from pg_namespace n
  where n.nspname in (select name from (${searchPathSql}) p where name <> 'pg_catalog') or n.nspname = any($1::text[]) ${schemas}
), reached(oid, depth) as (
  select c.oid, 0 from (select a.name::name from unnest($2::text[]) as a(name) ${relations}) a
  join pg_class c on c.relname = a.name where c.relnamespace in (select oid from spaces)
  union
  select d.refobjid, r.depth + 1 from reached r
  cross join lateral (
    select 'pg_rewrite'::regclass as class, w.oid from pg_rewrite w where w.ev_class = r.oid
    union all select 'pg_policy'::regclass, y.oid from pg_policy y where y.polrelid = r.oid) x
  cross join lateral (select d.refobjid from pg_depend d where d.classid = x.class and d.objid = x.oid
    and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.oid offset 0) d
  where r.depth < 8
), relations as materialized (
  select distinct oid from reached
), ${keyedCtes('relations')}, tree as (
  select c.oid as root, h.inhrelid as oid from relations r join pg_class c on c.oid = r.oid and c.relkind = 'p'
  join pg_inherits h on h.inhparent = c.oid
  union all
  select t.root, h.inhrelid from tree t join pg_inherits h on h.inhparent = t.oid
), branches as materialized (
  select distinct oid from tree where root in (select root from tree group by root having count(*) <= ${mostPartitions})
), sequences as (
  select d.refobjid as oid from relations r join pg_attrdef f on f.adrelid = r.oid
  join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid and d.refclassid = 'pg_class'::regclass
), classes as materialized (
  select c.oid, c.xmin from pg_class c where c.oid = any(array(select oid from relations union select oid from sequences))
), used as materialized (
  select a.atttypid as oid from pg_attribute a where a.attrelid = any(array(select oid from relations)) and a.atttypid >= ${firstOwn}
  union
  select p.prorettype from pg_proc p where p.proname = any($3::text[]) and p.prorettype >= ${firstOwn}
), kinds as materialized (
  select t.oid, t.xmin, t.typtype, t.typrelid from pg_type t
  where t.typnamespace in (select oid from spaces) and (t.typtype in ('e','d','r','m') or t.typtype = 'b' and t.typcategory <> 'A')
  union
  select t.oid, t.xmin, t.typtype, t.typrelid from pg_class c join pg_type t on t.oid = c.reltype
  where c.relkind = 'c' and c.relnamespace in (select oid from spaces)
  union
  select t.oid, t.xmin, t.typtype, t.typrelid from pg_type t where t.oid = any(array(
    select oid from used union select unnest(array[t.typelem, t.typbasetype]) from pg_type t where t.oid = any(array(select oid from used))))
), composites as materialized (
  select typrelid as oid from kinds where typrelid <> 0
), callers(class, object) as (
  select 'pg_constraint'::regclass, k.oid from pg_constraint k where k.conrelid = any(array(select oid from relations))
  union all select 'pg_constraint'::regclass, k.oid from pg_constraint k where k.contypid in (select oid from kinds where typtype = 'd')
  union all select 'pg_class'::regclass, i.indexrelid from pg_index i where i.indrelid = any(array(select oid from relations))
  union all select 'pg_class'::regclass, oid from relations
  union all select 'pg_attrdef'::regclass, f.oid from pg_attrdef f where f.adrelid = any(array(select oid from relations))
  union all select 'pg_trigger'::regclass, g.oid from pg_trigger g where g.tgrelid = any(array(select oid from relations))
  union all select 'pg_rewrite'::regclass, w.oid from pg_rewrite w where w.ev_class = any(array(select oid from relations))
  union all select 'pg_policy'::regclass, y.oid from pg_policy y where y.polrelid = any(array(select oid from relations))
), called as materialized (
  select case d.refclassid when 'pg_proc'::regclass then d.refobjid
    else (select oprcode::oid from pg_operator where oid = d.refobjid) end as oid
  from callers c cross join lateral (select d.refclassid, d.refobjid from pg_depend d where d.classid = c.class and d.objid = c.object
    and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass) offset 0) d
), functions as materialized (
  select p.oid, p.xmin, p.proowner, p.prosecdef, p.prokind from pg_proc p
  where p.pronamespace in (select oid from spaces) or (p.oid >= ${firstOwn} and p.pronamespace = 'pg_catalog'::regnamespace)
), roles(oid) as (
  select oid from pg_roles
  where rolname in (current_user, session_user) or oid in (select relowner from pg_class where oid in (select oid from near))
    or oid in (select proowner from pg_proc where oid in (select oid from called))
    or oid in (select proowner from functions where prosecdef or prokind = 'a') ${owners}
  union
  select m.roleid from roles r join pg_auth_members m on m.member = r.oid
), parts(part) as (
  select concat_ws(' ', current_user, session_user, current_setting('search_path'), current_setting('server_version_num'),
    pg_is_in_recovery())
  union all select string_agg(concat_ws(' ', oid, nspname, nspowner, nspacl::text), ',' order by oid) from spaces
  union all select string_agg(concat_ws(' ', c.oid, c.xmin,
    (select coalesce(bit_xor(hashint8extended(a.attnum::int8, a.xmin::text::int8)), 0) || '/' || count(*)
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0),
    ${ofClass('pg_constraint', 'k', 'oid', 'conrelid')},
    ${ofClass('pg_index', 'i', 'indexrelid', 'indrelid')},
    ${ofClass('pg_attrdef', 'd', 'oid', 'adrelid')},
    ${ofClass('pg_policy', 'y', 'oid', 'polrelid')},
    ${ofClass('pg_rewrite', 'w', 'oid', 'ev_class')},
    ${ofClass('pg_inherits', 'h', 'inhrelid', 'inhparent')},
    ${ofClass('pg_inherits', 'h', 'inhparent', 'inhrelid')},
    ${ofClass('pg_foreign_table', 'f', 'ftrelid', 'ftrelid')},
    ${ofClass('pg_partitioned_table', 't', 'partrelid', 'partrelid')},
    (select ${ofTriggers} from pg_trigger g join pg_proc p on p.oid = g.tgfoid where g.tgrelid = c.oid)), ',' order by c.oid) from classes c
  union all select ${ofNames} from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = any(array(select oid from branches))
  union all select ${version('h.inhrelid', 'h')} from pg_inherits h where h.inhrelid = any(array(select oid from branches))
  union all select ${version('k.oid', 'k')} from pg_constraint k where k.conrelid = any(array(select oid from branches)) and k.contype = 'c'
  union all select ${ofTriggers} from pg_trigger g join pg_proc p on p.oid = g.tgfoid where g.tgrelid = any(array(select oid from branches))
  union all select ${version('t.oid', 't')} from kinds t
  union all select ${version('e.oid', 'e')} from pg_enum e where e.enumtypid in (select oid from kinds where typtype = 'e')
  union all select ${version('k.oid', 'k')} from pg_constraint k where k.contypid in (select oid from kinds where typtype = 'd')
  union all select ${version('a.attrelid::int8 * 2048 + a.attnum', 'a')} from pg_attribute a
    where a.attrelid = any(array(select oid from composites)) and a.attnum > 0
  union all select ${version('p.oid', 'p')} from functions p
  union all select ${version('p.oid', 'p')} from pg_proc p where p.oid = any(array(select oid from called))
  union all select ${version('a.aggfnoid', 'a')} from pg_aggregate a where a.aggfnoid >= ${firstOwn}
  union all select ${version('l.oid', 'l')} from pg_collation l where l.oid >= ${firstOwn}
  union all select ${version('o.oid', 'o')} from pg_opclass o where o.oid >= ${firstOwn}
  union all select ${version('o.oid', 'o')} from pg_operator o where o.oid >= ${firstOwn}
    and (o.oprnamespace in (select oid from spaces) or o.oprnamespace = 'pg_catalog'::regnamespace)
  union all select ${version('k.oid', 'k')} from pg_cast k where k.oid >= ${firstOwn} and not exists (
    select from pg_type t where t.oid in (k.castsource, k.casttarget) and t.typnamespace in
      (select oid from pg_namespace where nspname like 'pg\\_temp\\_%'))
  union all select ${version('m.roleid::int8 * 65536 + m.member', 'm')} from pg_auth_members m where m.member in (select oid from roles)
  union all select string_agg(concat_ws(' ', oid, rolname, rolsuper, rolinherit, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication), ',' order by oid)
    from pg_roles where oid in (select oid from roles)
    or oid in (select unnest(polroles) from pg_policy where polrelid = any(array(select oid from relations)))
  union all select string_agg(concat_ws(' ', c.oid, c.relowner, c.relacl::text, n.oid, n.nspname, n.nspowner, n.nspacl::text), ',' order by c.oid)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid in (select oid from near)
  union all select string_agg(concat_ws(' ', n.oid, n.nspname, n.nspacl::text), ',' order by n.oid) from pg_namespace n
    where n.oid in (select pronamespace from pg_proc where oid in (select oid from called)) or n.oid in (
      select typnamespace from pg_type where oid in (select oid from kinds))
  ${wholes.map(([catalogue, key]) => `union all select ${version(`w.${key}`, 'w')} from ${catalogue} w`).join('\n  ')}
  union all select string_agg(concat_ws(' ', u.umid, u.srvid, u.umuser, u.umoptions::text), ',' order by u.umid) from pg_user_mappings u
)
select md5(string_agg(coalesce(part, ''), ';' order by part)) from parts) as fingerprint`;

/** Few requests need bodies: the rest must not pay for planning that part. */
const fingerprintSql = write({ ctes: '', schemas: '', relations: '', owners: '' });
export const fingerprintWithBodiesSql = write({
  ctes: bodiesSql,
  schemas: "or n.nspname in (select word from words where word <> 'pg_catalog')",
  relations: 'union select word from words',
  owners: 'or oid in (select proowner from bodies where prosecdef)',
});

type AskingSession = Pick<Inspection, 'query'>;

interface Remembered {
  readonly state: string;
  readonly fingerprint: string;
}

/** Total characters of the names for which a session remembers an answer. */
const mostRemembered = 200_000;
/** By request. A session has one server, one role and one search_path. */
const remembered = new WeakMap<AskingSession, BoundedCache<Remembered>>();

/** 32 hexadecimal digits. Covers what the names mean in the search_path and in their schemas, and the objects behind them. */
export async function readFingerprint(session: AskingSession, names: CatalogueRequest): Promise<string> {
  const { values, key } = listValues(names);
  const known = remembered.get(session)?.get(key);
  if (known !== undefined) {
    const [now] = await session.query(askState);
    if (now?.['state'] === known.state) return known.fingerprint;
  }
  const sql = names.bodies.length === 0 ? fingerprintSql : fingerprintWithBodiesSql;
  const [row] = await session.query(sql, values);
  const fingerprint = row?.['fingerprint'];
  if (typeof fingerprint !== 'string') throw new Error('the fingerprint query answered no row');
  const state = row?.['state'];
  if (typeof state === 'string') {
    const answers = remembered.get(session) ?? new BoundedCache<Remembered>(mostRemembered);
    remembered.set(session, answers);
    answers.set(key, { state, fingerprint }, key.length);
  }
  return fingerprint;
}

interface AskedValues {
  readonly values: string[][];
  readonly key: string;
}

/** Each check asks twice. */
const listed = new WeakMap<CatalogueRequest, AskedValues>();

function listValues(names: CatalogueRequest): AskedValues {
  const known = listed.get(names);
  if (known !== undefined) return known;
  const values = writeValues(names);
  const asked = { values, key: JSON.stringify(values) };
  listed.set(names, asked);
  return asked;
}

/** As the query expects them. */
function writeValues({
  relations,
  enums,
  functions,
  bodies,
  schemas: further = [],
}: CatalogueRequest): string[][] {
  const schemas = new Set([
    ...further,
    ...[...relations, ...enums, ...functions, ...bodies].flatMap(({ schema }) => schema ?? []),
  ]);
  schemas.delete('pg_catalog');
  const asked = new Set(relations.map(({ name }) => name));
  const called = new Set(functions.map(({ name }) => name));
  const values = [[...schemas].sort(), [...asked].sort(), [...called].sort()];
  if (bodies.length === 0) return values;
  return [...values, bodies.map(({ schema }) => schema ?? ''), bodies.map(({ name }) => name)];
}
