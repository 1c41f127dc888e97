// The part of the catalogue query that tells which functions PostgreSQL calls when it writes a row and the role may not
// execute: in checks, indexes, generated columns, partition keys and conditions of triggers. No plan tells all of them.
import { columnNames, isEnforced } from './catalogue-fragments.ts';

/** Columns of the table that an object depends on, by pg_depend. */
const columnsBehind = `(select coalesce(json_agg(distinct da.attname), '[]') from pg_depend dd
  join pg_attribute da on da.attrelid = dd.refobjid and da.attnum = dd.refobjsubid
  where dd.classid = o.class and dd.objid = o.object and dd.refclassid = 'pg_class'::regclass and dd.refobjid = o.relation)`;

/**
 * After `wanted`. `events` are the bits of tgtype: 4 insert, 8 delete, 16 update. PostgreSQL's own functions have no rows in
 * pg_depend. Operators call functions too. A trigger's own function is asked for no right when it fires.
 */
export const writeCallCtes = `write_calls as (
  select o.relation, json_agg(json_build_object('schema', pn.nspname, 'name', p.proname,
    'arguments', pg_get_function_identity_arguments(p.oid), 'kind', o.kind, 'caller', o.name, 'events', o.events,
    'columns', case o.kind when 'trigger' then (select ${columnNames('g.tgattr::int2[]', 'g.tgrelid')} from pg_trigger g where g.oid = o.object)
      when 'index' then ${columnsBehind} when 'generated' then ${columnsBehind} else '[]' end) order by o.kind, o.name, p.oid) as list
  from (
    select k.conrelid as relation, 'check' as kind, k.conname as name, 20 as events, 'pg_constraint'::regclass as class, k.oid as object
    from pg_constraint k where k.conrelid = any(array(select oid from wanted)) and k.contype = 'c' and ${isEnforced}
    union all
    select i.indrelid, 'index', ic.relname, 20, 'pg_class'::regclass, i.indexrelid
    from pg_index i join pg_class ic on ic.oid = i.indexrelid
    where i.indrelid = any(array(select oid from wanted)) and (i.indexprs is not null or i.indpred is not null) and i.indislive and i.indisready
    union all
    select f.adrelid, 'generated', a.attname, 20, 'pg_attrdef'::regclass, f.oid
    from pg_attrdef f join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum and a.attgenerated = 's'
    where f.adrelid = any(array(select oid from wanted))
    union all
    select t.partrelid, 'partition key', c.relname, 20, 'pg_class'::regclass, t.partrelid
    from pg_partitioned_table t join pg_class c on c.oid = t.partrelid
    where t.partrelid = any(array(select oid from wanted)) and t.partexprs is not null
    union all
    select g.tgrelid, 'trigger', g.tgname, g.tgtype & 28, 'pg_trigger'::regclass, g.oid
    from pg_trigger g where g.tgrelid = any(array(select oid from wanted)) and g.tgqual is not null and g.tgenabled in ('O', 'A')
  ) o
  cross join lateral (
    select distinct case d.refclassid when 'pg_proc'::regclass then d.refobjid
      else (select oprcode::oid from pg_operator where oid = d.refobjid) end as oid
    from pg_depend d where d.classid = o.class and d.objid = o.object
      and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass) offset 0) called
  join pg_proc p on p.oid = called.oid join pg_namespace pn on pn.oid = p.pronamespace
  where not has_function_privilege(p.oid, 'EXECUTE') and p.prorettype <> 'trigger'::regtype
  group by o.relation
)`;

/** Of the role that asks: overloads of these names, in any schema, that it may not execute. $1: names. */
export const refusedFunctionSql = `
  select n.nspname as schema, p.proname as name, pg_get_function_identity_arguments(p.oid) as arguments
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where p.proname = any($1::text[]) and p.prokind <> 'p' and not has_function_privilege(p.oid, 'EXECUTE')
  order by 1, 2, 3`;
