// The one query that reads the catalogue. It is limited to the given names, so that its cost does not grow with the
// database. It resolves names through the search_path itself, because PostgreSQL's own functions do not see objects in
// a schema without USAGE.
import {
  calledBy,
  columnNames,
  constraint,
  isEnforced,
  relationName,
  searchPathSql,
  spelledType,
  trigger,
} from './catalogue-fragments.ts';
import { bodiesSql, bodySchemasSql } from './function-bodies-query.ts';
import { partitionTree, partitionTreeCtes } from './partition-query.ts';
import { lackedBehind, ownerRights } from './rights-behind.ts';
import { foreignServer } from './rights-behind.ts';
import { writeCallCtes } from './write-call-query.ts';

/** For the row `k` of pg_constraint; `asked`: the table that PostgreSQL reads, or changes, with its owner's rights. */
const foreignKey = (
  asked: string,
): string => `json_build_object('name', k.conname, 'table', ${relationName('k.conrelid')},
  'columns', ${columnNames('k.conkey', 'k.conrelid')}, 'references', ${relationName('k.confrelid')},
  'referenced', ${columnNames('k.confkey', 'k.confrelid')},
  'onDelete', k.confdeltype::text, 'onUpdate', k.confupdtype::text,
  'runner', (select json_build_object('role', pg_get_userbyid(q.relowner), 'usage', has_schema_privilege(q.relowner, q.relnamespace, 'USAGE'),
    'select', has_table_privilege(q.relowner, q.oid, 'SELECT') or has_any_column_privilege(q.relowner, q.oid, 'SELECT'),
    'update', has_table_privilege(q.relowner, q.oid, 'UPDATE') or has_any_column_privilege(q.relowner, q.oid, 'UPDATE'),
    'delete', has_table_privilege(q.relowner, q.oid, 'DELETE')) from pg_class q where q.oid = ${asked}))`;

/** For the row `p` of pg_proc. */
const functionOutputs = `case when p.proargmodes && array['o', 'b', 't']::"char"[] then (
    select json_agg(json_build_object('name', coalesce(p.proargnames[u.at], ''), 'type', ${spelledType('u.type', 't')}) order by u.at)
    from unnest(p.proallargtypes) with ordinality as u(type, at) join pg_type t on t.oid = u.type where p.proargmodes[u.at] in ('o', 'b', 't'))
  else (select json_agg(json_build_object('name', a.attname, 'type', ${spelledType('t.oid', 't')}) order by a.attnum)
    from pg_type w join pg_attribute a on a.attrelid = w.typrelid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid where w.oid = p.prorettype and w.typrelid <> 0) end`;

/**
 * $1/$2 schemas ('' for none) and names of relations, $3/$4 of enums, $5/$6 of functions; $7/$8, when bodies are read,
 * of functions in SQL. One row, one column: JSON.
 */
const write = (bodies: string | undefined, bodySchemas: string): string => `
with recursive path as (
  select n.oid, s.name, min(s.rank) as rank, has_schema_privilege(n.oid, 'USAGE') as usable
  from (${searchPathSql}) s join pg_namespace n on n.nspname = s.name group by n.oid, s.name
), asked_relations as (
  select distinct nullif(a.schema, '') as schema, a.name from unnest($1::text[], $2::text[]) as a(schema, name)
), asked_enums as (
  select distinct nullif(a.schema, '') as schema, a.name from unnest($3::text[], $4::text[]) as a(schema, name)
), asked_functions as (
  select distinct nullif(a.schema, '') as schema, a.name from unnest($5::text[], $6::text[]) as a(schema, name)
), spaces as (
  select oid, name, rank, usable from path
  union
  select n.oid, n.nspname, -1, has_schema_privilege(n.oid, 'USAGE') from pg_namespace n
  where n.oid not in (select oid from path)
    and n.nspname in (select schema from asked_relations union select schema from asked_enums union select schema from asked_functions
      ${bodySchemas})
), named as (
  select c.oid from asked_relations a
  join spaces s on (a.schema is null and s.rank >= 0) or a.schema = s.name
  join pg_class c on c.relname = a.name and c.relnamespace = s.oid and c.relkind in ('r','p','v','m','f','S')
), reached as (
  select oid, 0 as depth from named
  union
  select d.refobjid, r.depth + 1 from reached r
  join pg_rewrite w on w.ev_class = r.oid and w.ev_type = '1'
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
    and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.oid
  where r.depth < 8
), wanted as (select distinct oid from reached),
unplanned as (
  -- Of a foreign table whose wrapper has no handler, and of views over it, PostgreSQL raises when it is asked what can be written.
  select c.oid from wanted r join pg_class c on c.oid = r.oid and c.relkind = 'f'
  join pg_foreign_table f on f.ftrelid = c.oid join pg_foreign_server s on s.oid = f.ftserver
  join pg_foreign_data_wrapper h on h.oid = s.srvfdw and h.fdwhandler = 0
  union
  select w.ev_class from unplanned u
  join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = u.oid and d.classid = 'pg_rewrite'::regclass
  join pg_rewrite w on w.oid = d.objid and w.ev_type = '1' and w.ev_class <> u.oid
  where w.ev_class in (select oid from wanted)
),
origins as (
  select w.ev_class as view, m[1]::int as number, m[2]::oid as relation, m[3]::int as attribute
  from wanted r join pg_rewrite w on w.ev_class = r.oid and w.ev_type = '1'
  cross join lateral regexp_matches(w.ev_action::text,
    ':resno (\\d+) :resname (?:\\\\.|[^ ])+ :ressortgroupref \\d+ :resorigtbl (\\d+) :resorigcol (\\d+) :resjunk false', 'g') as m
), origin as (
  select view, number, min(relation) as relation, min(attribute) as attribute from origins group by 1, 2
  having count(*) = 1 and min(attribute) > 0
), columns as (
  select a.attrelid, json_agg(json_build_object(
    'number', a.attnum, 'name', a.attname,
    'type', json_build_object('oid', t.oid::int8, 'schema', tn.nspname,
      'name', case when t.typtype = 'd' or t.typelem = 0 or t.typcategory <> 'A' then
          case when tn.nspname = 'pg_catalog' then format_type(t.oid, null) else t.typname end
        when en.nspname = 'pg_catalog' then format_type(t.oid, null) else e.typname || '[]' end,
      'typmod', case when t.typtype = 'd' then t.typtypmod else a.atttypmod end,
      'text', format_type(a.atttypid, a.atttypmod),
      'domain', case when t.typtype = 'd' then json_build_object('base', format_type(t.typbasetype, t.typtypmod), 'notNull', t.typnotnull,
        'checks', (select coalesce(json_agg(pg_get_constraintdef(k.oid) order by k.conname), '[]') from pg_constraint k
                   where k.contypid = t.oid and k.contype = 'c')) end),
    'collation', case when a.attcollation <> t.typcollation then (select json_build_object('schema', cn.nspname, 'name', cl.collname)
      from pg_collation cl join pg_namespace cn on cn.oid = cl.collnamespace where cl.oid = a.attcollation) end,
    'notNull', a.attnotnull or (t.typtype = 'd' and t.typnotnull),
    'hasDefault', (a.atthasdef and a.attgenerated = '') or (t.typtype = 'd' and t.typdefault is not null),
    'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by-default' else 'none' end,
    'generated', a.attgenerated <> '',
    'expression', coalesce(case when a.atthasdef then (select pg_get_expr(f.adbin, f.adrelid) from pg_attrdef f
      where f.adrelid = a.attrelid and f.adnum = a.attnum) end, ''),
    'privileges', json_build_object('select', has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
      'insert', has_column_privilege(a.attrelid, a.attnum, 'INSERT'),
      'update', has_column_privilege(a.attrelid, a.attnum, 'UPDATE')),
    'sequence', (select json_build_object('name', quote_ident(sn.nspname) || '.' || quote_ident(s.relname),
        'usable', has_sequence_privilege(s.oid, 'USAGE') or has_sequence_privilege(s.oid, 'UPDATE'))
      from pg_attrdef f join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid
        and d.refclassid = 'pg_class'::regclass
      join pg_class s on s.oid = d.refobjid and s.relkind = 'S' join pg_namespace sn on sn.oid = s.relnamespace
      where f.adrelid = a.attrelid and f.adnum = a.attnum and a.attgenerated = '' limit 1),
    'origin', (select json_build_object('relation', o.relation::int8, 'column', o.attribute) from origin o
      where o.view = a.attrelid and o.number = a.attnum)
  ) order by a.attnum) as list
  from wanted w join pg_attribute a on a.attrelid = w.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid join pg_namespace tn on tn.oid = t.typnamespace
  left join pg_type e on e.oid = t.typelem and t.typelem <> 0 left join pg_namespace en on en.oid = e.typnamespace
  group by a.attrelid
), ${partitionTreeCtes}, ${writeCallCtes(bodies !== undefined)},
relations as (
  select json_build_object('oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind::text, 'populated', c.relispopulated,
    'owner', pg_get_userbyid(c.relowner), 'isOwner', pg_has_role(c.relowner, 'USAGE'), 'ownerRights', ${ownerRights},
    'lackedBehind', ${lackedBehind},
    'columns', coalesce(l.list, '[]'),
    'uniques', (select coalesce(json_agg(json_build_object('name', ic.relname,
        'columns', (select json_agg(ia.attname order by k.ord) from unnest(i.indkey::int2[]) with ordinality as k(num, ord)
          left join pg_attribute ia on ia.attrelid = i.indrelid and ia.attnum = k.num and k.num <> 0
          where k.ord <= i.indnkeyatts),
        'keys', case when i.indexprs is null then '[]' else (select json_agg(pg_get_indexdef(i.indexrelid, k, false) order by k)
          from generate_series(1, i.indnkeyatts) k) end,
        'where', pg_get_expr(i.indpred, i.indrelid), 'nullsNotDistinct', i.indnullsnotdistinct,
        'valid', i.indisvalid and i.indisready and i.indislive, 'immediate', i.indimmediate,
        'partial', i.indpred is not null) order by ic.relname), '[]')
      from pg_index i join pg_class ic on ic.oid = i.indexrelid where i.indrelid = c.oid and i.indisunique),
    'indexExpressions', (select coalesce(json_agg(json_build_object('name', ic.relname, 'text', concat_ws(' WHERE ',
        (select string_agg(pg_get_indexdef(i.indexrelid, k, false), ', ' order by k) from generate_series(1, i.indnkeyatts) k),
        pg_get_expr(i.indpred, i.indrelid))) order by ic.relname), '[]')
      from pg_index i join pg_class ic on ic.oid = i.indexrelid
      where i.indrelid = c.oid and i.indislive and (i.indexprs is not null or i.indpred is not null)),
    'constraints', (select coalesce(json_agg(${constraint} order by k.conname), '[]')
      from pg_constraint k where k.conrelid = c.oid and k.contype <> 'n'),
    'foreignKeys', (select coalesce(json_agg(${foreignKey('k.confrelid')} order by k.conname), '[]') from pg_constraint k
      where k.conrelid = c.oid and k.contype = 'f' and k.conparentid = 0 and ${isEnforced}),
    'referencedBy', (select coalesce(json_agg(${foreignKey('k.conrelid')} order by k.conrelid::regclass::text, k.conname), '[]') from pg_constraint k
      where k.contype = 'f' and k.conparentid = 0 and ${isEnforced} and k.confrelid = c.oid and k.oid in
        (select g.tgconstraint from pg_trigger g where g.tgrelid = c.oid and g.tgconstraint <> 0)),
    'triggers', (select coalesce(json_agg(g.item order by g.name), '[]') from (
      select g.tgname as name, ${trigger} as item
      from pg_trigger g join pg_proc p on p.oid = g.tgfoid where g.tgrelid = c.oid and not g.tgisinternal
      union all
      select w.rulename, json_build_object('name', w.rulename,
        'events', case w.ev_type when '2' then 16 when '3' then 4 when '4' then 8 end,
        'definition', 'RULE ' || w.ev_type::text || w.is_instead::text || ' ' || regexp_replace(pg_get_ruledef(w.oid),
          '^CREATE RULE (?:\\w+|"(?:[^"]|"")*") AS\\s+ON \\w+ TO (?:(?:\\w+|"(?:[^"]|"")*")\\.)?(?:\\w+|"(?:[^"]|"")*")\\s*', ''),
        'code', null, 'language', '', 'enabled', w.ev_enabled in ('O', 'A'), 'isConditional', false,
        'function', null, 'columns', '[]'::json, 'shapesInserts', false)
      from pg_rewrite w where w.ev_class = c.oid and w.ev_type <> '1') g),
    'rowSecurity', json_build_object('enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity,
      'applies', row_security_active(c.oid),
      'policies', (select coalesce(json_agg(json_build_object('name', y.polname, 'command', y.polcmd::text,
          'permissive', y.polpermissive, 'forPublic', 0 = any(y.polroles),
          'roles', (select json_agg(case m when 0 then 'public' else pg_get_userbyid(m)::text end) from unnest(y.polroles) m),
          'applies', 0 = any(y.polroles) or exists (select 1 from unnest(y.polroles) m where m <> 0 and pg_has_role(m, 'USAGE')),
          'using', pg_get_expr(y.polqual, y.polrelid), 'check', pg_get_expr(y.polwithcheck, y.polrelid))
          order by y.polname), '[]')
        from pg_policy y where y.polrelid = c.oid)),
    'definition', case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) else '' end,
    'behind', case when c.relkind in ('v', 'm') then (select coalesce(json_agg(distinct d.refobjid::int8), '[]') from pg_rewrite w
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
      where w.ev_class = c.oid and w.ev_type = '1' and d.refobjid <> c.oid) else '[]' end,
    'calls', case when c.relkind = 'v' then (select coalesce(json_agg(json_build_object('oid', f.oid::int8, 'schema', fn.nspname,
        'name', f.proname) order by f.oid), '[]')
      from pg_proc f join pg_namespace fn on fn.oid = f.pronamespace where f.oid >= 16384 and f.oid = any(array(
        select unnest(${calledBy('d')}) from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass
          and d.objid = w.oid where w.ev_class = c.oid and w.ev_type = '1'))) else '[]' end,
    'parent', (select json_build_object('schema', pn.nspname, 'name', pc.relname) from pg_inherits h join pg_class pc on pc.oid = h.inhparent
      join pg_namespace pn on pn.oid = pc.relnamespace where h.inhrelid = c.oid order by h.inhseqno limit 1),
    'children', (select coalesce(json_agg(json_build_object('schema', pn.nspname, 'name', pc.relname) order by pn.nspname, pc.relname), '[]')
      from pg_inherits h join pg_class pc on pc.oid = h.inhrelid
      join pg_namespace pn on pn.oid = pc.relnamespace where h.inhparent = c.oid and pc.relkind <> 'i'),
    'partitions', ${partitionTree('c')},
    'writeCalls', coalesce(wc.refused, '[]'), 'rowCalls', coalesce(wc.own, '[]'),
    'writable', (select json_build_object('insert', e.events & 8 > 0, 'update', e.events & 4 > 0, 'delete', e.events & 16 > 0)
      from (select case when c.oid in (select oid from unplanned) then 0 else pg_relation_is_updatable(c.oid, true) end as events) e),
    'privileges', json_build_object('select', has_table_privilege(c.oid, 'SELECT'),
      'insert', has_table_privilege(c.oid, 'INSERT'), 'update', has_table_privilege(c.oid, 'UPDATE'),
      'delete', has_table_privilege(c.oid, 'DELETE')),
    'usable', case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'USAGE') else false end,
    'hasRules', exists (select 1 from pg_rewrite w where w.ev_class = c.oid and w.ev_type <> '1'),
    'foreignServer', case when c.relkind = 'f' then ${foreignServer} end) as item
  from wanted r join pg_class c on c.oid = r.oid join pg_namespace n on n.oid = c.relnamespace
  left join columns l on l.attrelid = c.oid left join write_calls wc on wc.relation = c.oid
), enum_types as (
  select t.oid from asked_enums a join spaces s on (a.schema is null and s.rank >= 0) or a.schema = s.name
  join pg_type t on t.typnamespace = s.oid and t.typname = a.name and t.typtype = 'e'
  union
  select e.oid from wanted w join pg_attribute a on a.attrelid = w.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  join pg_type e on e.oid in (t.oid, t.typelem, t.typbasetype) and e.typtype = 'e'
), enums as (
  select coalesce(s.rank, -1) as rank, json_build_object('schema', n.nspname, 'name', t.typname,
    'labels', (select coalesce(json_agg(e.enumlabel order by e.enumsortorder), '[]') from pg_enum e where e.enumtypid = t.oid)) as item
  from enum_types x join pg_type t on t.oid = x.oid join pg_namespace n on n.oid = t.typnamespace left join path s on s.oid = n.oid
), functions as (
  select distinct on (p.oid) json_build_object('schema', s.name, 'name', p.proname,
    'arguments', pg_get_function_identity_arguments(p.oid),
    'argumentTypes', (select coalesce(json_agg(${spelledType('u.type', 't')} order by u.at), '[]')
      from unnest(p.proargtypes::oid[]) with ordinality as u(type, at) join pg_type t on t.oid = u.type),
    'defaults', p.pronargdefaults, 'result', coalesce(pg_get_function_result(p.oid), ''),
    'outputs', coalesce(case when s.name <> 'pg_catalog' then ${functionOutputs} end, '[]'),
    'body', case when s.name = 'pg_catalog' then '' else concat_ws('|', case when p.prosqlbody is null then p.prosrc end,
      pg_get_function_sqlbody(p.oid), p.prosecdef, p.proisstrict) end,
    'aggregate', coalesce(case when p.prokind = 'a' and s.name <> 'pg_catalog' then (
      select concat_ws('|', (select string_agg(f.proname, '|' order by f.oid <> a.aggtransfn) from pg_proc f
        where f.oid in (a.aggtransfn, a.aggfinalfn)), (select typname from pg_type where oid = a.aggtranstype), a.agginitval)
      from pg_aggregate a where a.aggfnoid = p.oid) end, ''),
    'language', (select lanname from pg_language pl where pl.oid = p.prolang), 'strict', p.proisstrict, 'executable', has_function_privilege(p.oid, 'EXECUTE')) as item
  from asked_functions a join spaces s on (a.schema is null and s.rank >= 0) or a.schema = s.name
  join pg_proc p on p.pronamespace = s.oid and p.proname = a.name
), bodies as (${bodies ?? 'select null::json as item where false'})
select json_build_object(
  'role', current_user, 'login', session_user,
  'loginPowers', (select array_remove(array[
      case when l.rolsuper then 'superuser' end,
      case when l.rolcreaterole and not c.rolcreaterole then 'createrole' end,
      case when l.rolcreatedb and not c.rolcreatedb then 'createdb' end,
      case when l.rolreplication and not c.rolreplication then 'replication' end,
      case when l.rolbypassrls and not c.rolbypassrls then 'bypassrls' end,
      case when l.oid <> c.oid and exists (select 1 from pg_auth_members m where m.member = l.oid and m.roleid <> c.oid)
        then 'member of ' || (select string_agg(quote_ident(pg_get_userbyid(m.roleid)), ', ' order by pg_get_userbyid(m.roleid))
          from pg_auth_members m where m.member = l.oid and m.roleid <> c.oid) end], null)
    from pg_roles l, pg_roles c where l.rolname = session_user and c.rolname = current_user),
  'isStandby', pg_is_in_recovery(),
  'bypassesRowSecurity', (select rolsuper or rolbypassrls from pg_roles where rolname = current_user),
  'operators', (select coalesce(json_agg(json_build_object('schema', s.name, 'name', o.oprname, 'type', format_type(o.oprleft, null),
      'function', p.proname) order by o.oid), '[]')
    from pg_operator o join path s on s.oid = o.oprnamespace join pg_proc p on p.oid = o.oprcode
    join pg_type t on t.oid = o.oprleft and t.typcategory = 'A' and t.typnamespace = 'pg_catalog'::regnamespace
    where o.oid >= 16384 and exists (select 1 from pg_operator g where g.oprname = o.oprname and g.oprleft = 'anyarray'::regtype
      and g.oprnamespace = 'pg_catalog'::regnamespace)),
  'missingSchemas', (select coalesce(json_agg(distinct s.name), '[]') from (${searchPathSql}) s
    where s.name not in (select name from path) and s.name not like 'pg\\_temp%'),
  'elsewhere', (select coalesce(json_agg(distinct jsonb_build_object('schema', n.nspname, 'name', p.proname)), '[]')
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where p.proname in (select name::name from asked_functions where schema is null) and n.oid not in (select oid from spaces)),
  'schemas', (select coalesce(json_agg(json_build_object('name', name, 'usable', usable, 'rank', rank) order by rank), '[]') from spaces),
  'relations', (select coalesce(json_agg(item), '[]') from relations),
  'enums', (select coalesce(json_agg(item order by case when rank < 0 then 9999 else rank end), '[]') from enums),
  'functions', (select coalesce(json_agg(item), '[]') from functions),
  'bodies', (select coalesce(json_agg(item), '[]') from bodies))::text as catalogue`;

/** Few requests need bodies and what calls them for rows: the rest must not pay for planning that part. */
export const catalogueSql = write(undefined, '');
export const catalogueWithBodiesSql = write(bodiesSql, bodySchemasSql);
