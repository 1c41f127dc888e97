// The query behind read-uses.ts.
import { spelledType } from '../../database/catalogue/catalogue-fragments.ts';

/**
 * For the row `o` of pg_operator. An operator that only has a place in an order is not called: PostgreSQL sorts with
 * the function of the operator class.
 */
const isCompared = `not exists (select from pg_catalog.pg_amop m join pg_catalog.pg_am h on h.oid = m.amopmethod
    where m.amopopr = o.oid and h.amname = 'btree' and m.amopstrategy <> 3)`;

/**
 * $1 prefix; $2–$6 what the statements name: operation, relation, kind, column, key as JSON; $7, $8 operation and enum
 * type. One row, one column: a JSON list of [operation, kind, schema, name, visible, named, column, number, type,
 * nullable, list]. Without PostgreSQL's own objects. Functions include those of operators, casts and aggregates.
 */
export const usesSql = `
with recursive depends as (
  select substr(p.proname, length($1) + 1)::int as operation, d.refclassid, d.refobjid, d.refobjsubid
  from pg_catalog.pg_proc p join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid
  where p.pronamespace = pg_catalog.pg_my_temp_schema() and starts_with(p.proname, $1) and d.refobjid >= 16384
), named as (
  select distinct n.operation, to_regclass(n.relation) as oid, n.kind, n.col, n.key
  from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[]) as n(operation, relation, kind, col, key)
), relations as (
  select operation, refobjid as oid from depends where refclassid = 'pg_catalog.pg_class'::regclass
  union select operation, oid from named where oid is not null
), columns as (
  select operation, refobjid as oid, refobjsubid as number, false as named from depends
  where refclassid = 'pg_catalog.pg_class'::regclass and refobjsubid > 0
  union all
  select n.operation, n.oid, a.attnum, true from named n join pg_catalog.pg_attribute a on a.attrelid = n.oid
    and a.attnum > 0 and not a.attisdropped and (a.attname = n.col or n.col = '*') where n.kind = 'column'
), merged as (
  select operation, oid, number, bool_or(named) as named from columns group by 1, 2, 3
), uniques as (
  select d.operation, k.conrelid as oid, k.conkey from depends d join pg_catalog.pg_constraint k on k.oid = d.refobjid
  where d.refclassid = 'pg_catalog.pg_constraint'::regclass and k.contype in ('p', 'u')
  union
  select n.operation, n.oid, k.conkey from named n join pg_catalog.pg_constraint k on k.conrelid = n.oid
    and k.conname = n.key::json ->> 0 and k.contype in ('p', 'u') where n.kind = 'constraint'
), keys as (
  select u.operation, u.oid, (select jsonb_agg(a.attname order by i.ord) from unnest(u.conkey) with ordinality as i(num, ord)
    join pg_catalog.pg_attribute a on a.attrelid = u.oid and a.attnum = i.num) as list from uniques u
  union
  select n.operation, n.oid, n.key::jsonb from named n where n.kind = 'unique' and n.oid is not null
), types(operation, oid) as (
  select operation, refobjid from depends where refclassid = 'pg_catalog.pg_type'::regclass
  union select e.operation, e.type::oid from unnest($7::int[], $8::int8[]) as e(operation, type)
  union select m.operation, a.atttypid from merged m
    join pg_catalog.pg_attribute a on a.attrelid = m.oid and a.attnum = m.number
), reached as (
  select operation, oid from types
  union
  select r.operation, next.oid from reached r join pg_catalog.pg_type p on p.oid = r.oid,
    lateral (values (p.typelem), (p.typbasetype)) as next(oid) where next.oid <> 0
), called as (
  select operation, refobjid as oid from depends where refclassid = 'pg_catalog.pg_proc'::regclass
  union
  select d.operation, o.oprcode from depends d join pg_catalog.pg_operator o on o.oid = d.refobjid
  where d.refclassid = 'pg_catalog.pg_operator'::regclass and ${isCompared}
  union
  select d.operation, next.oid from depends d join pg_catalog.pg_aggregate a on a.aggfnoid = d.refobjid,
    lateral (values (a.aggtransfn::oid), (a.aggfinalfn::oid)) as next(oid)
  where d.refclassid = 'pg_catalog.pg_proc'::regclass
), found as (
  select operation, c.oid, n.nspname, c.relname, c.relkind, pg_catalog.pg_table_is_visible(c.oid) as visible
  from relations r join pg_catalog.pg_class c on c.oid = r.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.oid >= 16384
    and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
), uses as (
  select f.operation, 1 as rank, f.nspname, f.relname, 0 as number,
    json_build_array(f.operation, 'relation', f.nspname, f.relname, f.visible) as use from found f
  union all
  select f.operation, 2, f.nspname, f.relname, a.attnum, json_build_array(f.operation, 'column', f.nspname, f.relname,
    f.visible, m.named, a.attname, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod),
    not (a.attnotnull or (t.typtype = 'd' and t.typnotnull)))
  from found f join merged m on m.operation = f.operation and m.oid = f.oid
  join pg_catalog.pg_attribute a on a.attrelid = m.oid and a.attnum = m.number
  join pg_catalog.pg_type t on t.oid = a.atttypid
  union all
  select f.operation, 3, f.nspname, f.relname, 0, json_build_array(f.operation, 'unique', f.nspname, f.relname,
    f.visible, true, null, null, null, null, k.list)
  from found f join keys k on k.operation = f.operation and k.oid = f.oid where f.relkind in ('r', 'p', 'f')
  union all
  select r.operation, 4, n.nspname, p.typname, 0, json_build_array(r.operation, 'enum', n.nspname, p.typname,
    pg_catalog.pg_type_is_visible(p.oid), true, null, null, null, null,
    (select json_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = p.oid))
  from reached r join pg_catalog.pg_type p on p.oid = r.oid and p.typtype = 'e'
  join pg_catalog.pg_namespace n on n.oid = p.typnamespace where p.oid >= 16384
  union all
  select c.operation, 5, n.nspname, p.proname, 0, json_build_array(c.operation, 'function', n.nspname, p.proname,
    pg_catalog.pg_function_is_visible(p.oid), true, null, null, null, null, (
      select coalesce(json_agg(${spelledType('u.type', 't')} order by u.at), '[]')
      from unnest(p.proargtypes::oid[]) with ordinality as u(type, at) join pg_catalog.pg_type t on t.oid = u.type))
  from called c join pg_catalog.pg_proc p on p.oid = c.oid and p.oid >= 16384
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
)
select coalesce(json_agg(use order by operation, rank, nspname, relname, number, use::text), '[]')::text as uses from uses`;
