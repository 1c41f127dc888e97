// The part of the catalogue query about functions that PostgreSQL calls when it writes a row, and for policies: in
// defaults, checks, indexes, generated columns, partition keys, domains, conditions of triggers. No plan shows all of
// them.
import { columnNames, isEnforced } from './catalogue-fragments.ts';

/** Columns of the table that an object depends on, from pg_depend. */
const columnsBehind = `(select coalesce(json_agg(distinct da.attname), '[]') from pg_depend dd
  join pg_attribute da on da.attrelid = dd.refobjid and da.attnum = dd.refobjsubid
  where dd.classid = o.class and dd.objid = o.object and dd.refclassid = 'pg_class'::regclass and dd.refobjid = o.relation)`;

/** Each subquery costs planning. */
const columns = (further = ''): string => `case when o.kind = 'trigger' then (
    select ${columnNames('g.tgattr::int2[]', 'g.tgrelid')} from pg_trigger g where g.oid = o.object)
  when o.kind in ('index', 'generated') then ${columnsBehind} ${further} else '[]' end`;

const common = `'schema', pn.nspname, 'name', p.proname, 'kind', o.kind, 'caller', o.name, 'events', o.events`;

/**
 * For the row `o`: PostgreSQL evaluates the whole expression for every row; for a check that passes, all parts joined
 * by AND.
 */
const isWhole = `coalesce(case when o.kind in ('check', 'domain') then regexp_replace(o.expression::text, '^\\{BOOLEXPR :boolop and', '')
  else o.expression::text end !~ '\\{(CASE|COALESCE|ROWCOMPARE|SUBSCRIPTINGREF|SCALARARRAYOPEXPR|ARRAYCOERCEEXPR|JSONEXPR)|:boolop (and|or)', false)`;

/** Functions outside PostgreSQL itself. */
const own = `json_agg(json_build_object(${common}, 'oid', p.oid::int8, 'isStrict', p.proisstrict and p.pronargs > 0, 'isWhole', ${isWhole},
      'columns', ${columns("when o.kind in ('default', 'domain') then json_build_array(o.name)")})
      order by o.kind, o.name, p.oid)
      filter (where p.oid >= 16384)`;

/** Not in `refused`: plans show them. */
const furtherCallers = `
    union all
    select a.attrelid, x.kind, a.attname, 20, x.class, x.object, x.expression
    from pg_attribute a cross join lateral (
      select t.oid, t.typbasetype, t.typdefaultbin from pg_type t where t.oid = a.atttypid and t.typtype = 'd' offset 0) t
    cross join lateral (
      select 'domain' as kind, 'pg_constraint'::regclass as class, k.oid as object, k.conbin as expression
      from pg_constraint k where k.contypid in (t.oid, t.typbasetype) and k.contype = 'c'
      union all
      select 'default', 'pg_type'::regclass, t.oid, t.typdefaultbin
      where t.typdefaultbin is not null and not a.atthasdef and a.attidentity = '') x
    where a.attrelid = any(array(select oid from wanted)) and a.attnum > 0 and a.atttypid >= 16384 and not a.attisdropped
    union all
    select y.polrelid, 'policy', y.polname, 28, 'pg_policy'::regclass, y.oid, y.polqual
    from pg_policy y where y.polrelid = any(array(select oid from wanted))`;

/**
 * After `wanted`. `refused`: what the role may not execute, except in defaults, domains and policies, which plans show.
 * `own`: functions outside PostgreSQL itself, with their bodies. `events` are the bits of tgtype: 4 insert, 8 delete,
 * 16 update. PostgreSQL's own functions have no rows in pg_depend. Operators call functions too. A trigger's own
 * function needs no privilege when it fires.
 */
export const writeCallCtes = (withBodies: boolean): string => `write_calls as (
  select o.relation,
    json_agg(json_build_object(${common}, 'arguments', pg_get_function_identity_arguments(p.oid), 'columns', ${columns()})
      order by o.kind, o.name, p.oid)
      filter (where o.kind not in ('default', 'domain', 'policy') and not has_function_privilege(p.oid, 'EXECUTE')) as refused,
    ${withBodies ? own : 'null::json'} as own
  from (
    select k.conrelid as relation, 'check' as kind, k.conname as name, 20 as events, 'pg_constraint'::regclass as class, k.oid as object,
      k.conbin as expression
    from pg_constraint k where k.conrelid = any(array(select oid from wanted)) and k.contype = 'c' and ${isEnforced}
    union all
    select i.indrelid, 'index', ic.relname, 20, 'pg_class'::regclass, i.indexrelid,
      case when i.indpred is null then i.indexprs when i.indexprs is null then i.indpred end
    from pg_index i join pg_class ic on ic.oid = i.indexrelid
    where i.indrelid = any(array(select oid from wanted)) and (i.indexprs is not null or i.indpred is not null) and i.indislive and i.indisready
      and (ic.relkind <> 'I' or i.indisvalid)
    union all
    select f.adrelid, case a.attgenerated when 's' then 'generated' else 'default' end, a.attname, 20, 'pg_attrdef'::regclass, f.oid, f.adbin
    from pg_attrdef f join pg_attribute a on a.attrelid = any(array(select oid from wanted)) and a.attrelid = f.adrelid and a.attnum = f.adnum
      and a.attgenerated in (${withBodies ? "'s', ''" : "'s'"})
    where f.adrelid = any(array(select oid from wanted))
    union all
    select t.partrelid, 'partition key', c.relname, 20, 'pg_class'::regclass, t.partrelid, t.partexprs
    from pg_partitioned_table t join pg_class c on c.oid = t.partrelid
    where t.partrelid = any(array(select oid from wanted)) and t.partexprs is not null
    union all
    select g.tgrelid, 'trigger', g.tgname, g.tgtype & 28, 'pg_trigger'::regclass, g.oid, g.tgqual
    from pg_trigger g where g.tgrelid = any(array(select oid from wanted)) and g.tgqual is not null and g.tgenabled in ('O', 'A')
    ${withBodies ? furtherCallers : ''}
  ) o
  cross join lateral (
    select distinct case d.refclassid when 'pg_proc'::regclass then d.refobjid
      else (select oprcode::oid from pg_operator where oid = d.refobjid) end as oid
    from pg_depend d where d.classid = o.class and d.objid = o.object
      and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass) offset 0) called
  join pg_proc p on p.oid = called.oid join pg_namespace pn on pn.oid = p.pronamespace
  where (${withBodies ? 'p.oid >= 16384 or ' : ''}not has_function_privilege(p.oid, 'EXECUTE')) and p.prorettype <> 'trigger'::regtype
  group by o.relation
)`;

/** For the current role: overloads of these names, in any schema, that it may not execute. $1: names. */
export const refusedFunctionSql = `
  select n.nspname as schema, p.proname as name, pg_get_function_identity_arguments(p.oid) as arguments
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where p.proname = any($1::text[]) and p.prokind <> 'p' and not has_function_privilege(p.oid, 'EXECUTE')
  order by 1, 2, 3`;
