// One short text that changes whenever something changed that may matter to a release: DDL, grants, policies, role
// memberships. It hashes row versions of the system catalogue on the server; it reads no definition and no data.
import { searchPathSql } from './catalogue-query.ts';
import type { Inspection } from './database.ts';

const version = (oid: string, row: string): string =>
  `coalesce(bit_xor(hashint8extended(${oid}::int8, ${row}.xmin::text::int8)), 0) || '/' || count(*)`;

const attribute = `coalesce(bit_xor(hashint8extended(a.attrelid::int8 * 2048 + a.attnum, a.xmin::text::int8)), 0) || '/' || count(*)`;

const fingerprintSql = `
with spaces as materialized (
  select n.oid, n.nspname, n.nspacl from pg_namespace n
  where n.nspname in (select name from (${searchPathSql}) p where name <> 'pg_catalog') or n.nspname = any($1::text[])
), classes as materialized (
  select c.oid, c.xmin, c.relkind from pg_class c where c.relnamespace in (select oid from spaces)
), kinds as materialized (
  select t.oid, t.xmin, t.typtype from pg_type t where t.typnamespace in (select oid from spaces) and t.typtype in ('e','d','r','c')
), parts(part) as (
  select concat_ws(' ', current_user, session_user, current_setting('search_path'), current_setting('server_version_num'))
  union all select string_agg(concat_ws(' ', oid, nspname, nspacl::text), ',' order by oid) from spaces
  union all select ${version('c.oid', 'c')} from classes c
  union all select ${attribute} from pg_attribute a where a.attnum > 0
    and a.attrelid in (select oid from classes where relkind in ('r','p','v','m','f','c'))
  union all select ${version('t.oid', 't')} from kinds t
  union all select ${version('e.oid', 'e')} from pg_enum e where e.enumtypid in (select oid from kinds where typtype = 'e')
  union all select ${version('k.oid', 'k')} from pg_constraint k where k.connamespace in (select oid from spaces)
  union all select ${version('i.indexrelid', 'i')} from pg_index i where i.indrelid in (select oid from classes)
  union all select ${version('p.oid', 'p')} from pg_proc p where p.pronamespace in (select oid from spaces)
  union all select ${version('d.oid', 'd')} from pg_attrdef d where d.adrelid in (select oid from classes)
  union all select ${version('g.oid', 'g')} from pg_trigger g where g.tgrelid in (select oid from classes)
  union all select ${version('y.oid', 'y')} from pg_policy y where y.polrelid in (select oid from classes)
  union all select ${version('w.oid', 'w')} from pg_rewrite w where w.ev_class in (select oid from classes)
  union all select ${version('h.inhrelid', 'h')} from pg_inherits h where h.inhparent in (select oid from classes)
  union all select ${version('m.roleid::int8 * 65536 + m.member', 'm')} from pg_auth_members m
  union all select string_agg(concat_ws(' ', oid, rolsuper, rolinherit, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication), ',' order by oid)
    from pg_roles where rolname in (current_user, session_user)
)
select md5(string_agg(coalesce(part, ''), ';' order by part)) as fingerprint from parts`;

/** 32 hexadecimal digits. Covers the schemas of the search_path and `schemas`. */
export async function readFingerprint(session: Inspection, schemas: readonly string[]): Promise<string> {
  const [row] = await session.query(fingerprintSql, [[...schemas]]);
  const fingerprint = row?.['fingerprint'];
  if (typeof fingerprint !== 'string') throw new Error('the fingerprint query answered no row');
  return fingerprint;
}
