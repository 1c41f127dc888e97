// The one query that reads the catalogue: scoped to the names that it is given, so that its cost does not grow with
// the database. It resolves names through the search_path by itself, because PostgreSQL's own functions do not see
// what lies in a schema without USAGE.

/** The search_path as written, with "$user" replaced, pg_catalog first where it is not named. */
export const searchPathSql = `
  select s.name, s.rank from (
    select case when t.item = '$user' then current_user::text else t.item end as name, t.rank
    from (select trim(both '"' from trim(p.item)) as item, p.rank
          from unnest(string_to_array(current_setting('search_path'), ',')) with ordinality as p(item, rank)) t
    union all select 'pg_catalog', 0) s`;

/** $1/$2 schemas ('' for none) and names of relations, $3/$4 of enums, $5/$6 of functions. One row, one column: JSON. */
export const catalogueSql = `
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
    and n.nspname in (select schema from asked_relations union select schema from asked_enums union select schema from asked_functions)
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
      'domain', case when t.typtype = 'd' then json_build_object('base', format_type(t.typbasetype, t.typtypmod),
        'checks', (select coalesce(json_agg(pg_get_constraintdef(k.oid) order by k.conname), '[]') from pg_constraint k
                   where k.contypid = t.oid and k.contype = 'c')) end),
    'notNull', a.attnotnull or (t.typtype = 'd' and t.typnotnull),
    'hasDefault', (a.atthasdef and a.attgenerated = '') or (t.typtype = 'd' and t.typdefault is not null),
    'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by-default' else 'none' end,
    'generated', a.attgenerated <> '',
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
), relations as (
  select json_build_object('oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind::text,
    'columns', coalesce(l.list, '[]'),
    'uniques', (select coalesce(json_agg(json_build_object('name', ic.relname,
        'columns', (select json_agg(ia.attname order by k.ord) from unnest(i.indkey::int2[]) with ordinality as k(num, ord)
          left join pg_attribute ia on ia.attrelid = i.indrelid and ia.attnum = k.num and k.num <> 0
          where k.ord <= i.indnkeyatts),
        'valid', i.indisvalid and i.indisready and i.indislive, 'immediate', i.indimmediate,
        'partial', i.indpred is not null) order by ic.relname), '[]')
      from pg_index i join pg_class ic on ic.oid = i.indexrelid where i.indrelid = c.oid and i.indisunique),
    'constraints', (select coalesce(json_agg(json_build_object('name', k.conname, 'type', k.contype::text,
        'definition', pg_get_constraintdef(k.oid)) order by k.conname), '[]')
      from pg_constraint k where k.conrelid = c.oid),
    'triggers', (select coalesce(json_agg(json_build_object('name', g.tgname,
        'definition', pg_get_triggerdef(g.oid) || ' ' || g.tgenabled::text || ' ' || md5(p.prosrc),
        'shapesInserts', (g.tgtype & 5) = 5 and (g.tgtype & 66) <> 0 and g.tgenabled in ('O', 'A')) order by g.tgname), '[]')
      from pg_trigger g join pg_proc p on p.oid = g.tgfoid where g.tgrelid = c.oid and not g.tgisinternal),
    'rowSecurity', json_build_object('enabled', c.relrowsecurity, 'applies', row_security_active(c.oid),
      'policies', (select coalesce(md5(string_agg(concat_ws('|', y.polname, y.polcmd, y.polpermissive,
          array(select case when m = 0 then 'public' else pg_get_userbyid(m)::text end from unnest(y.polroles) m order by 1)::text,
          pg_get_expr(y.polqual, y.polrelid), pg_get_expr(y.polwithcheck, y.polrelid)), ';' order by y.polname)), '')
        from pg_policy y where y.polrelid = c.oid)),
    'definition', case when c.relkind in ('v', 'm') then md5(pg_get_viewdef(c.oid)) else '' end,
    'parent', (select format('%I.%I', pn.nspname, pc.relname) from pg_inherits h join pg_class pc on pc.oid = h.inhparent
      join pg_namespace pn on pn.oid = pc.relnamespace where h.inhrelid = c.oid order by h.inhseqno limit 1),
    'children', (select coalesce(json_agg(format('%I.%I', pn.nspname, pc.relname) order by pn.nspname, pc.relname), '[]')
      from pg_inherits h join pg_class pc on pc.oid = h.inhrelid
      join pg_namespace pn on pn.oid = pc.relnamespace where h.inhparent = c.oid and pc.relkind <> 'i'),
    'writable', json_build_object('insert', pg_relation_is_updatable(c.oid, true) & 8 > 0,
      'update', pg_relation_is_updatable(c.oid, true) & 4 > 0, 'delete', pg_relation_is_updatable(c.oid, true) & 16 > 0),
    'privileges', json_build_object('select', has_table_privilege(c.oid, 'SELECT'),
      'insert', has_table_privilege(c.oid, 'INSERT'), 'update', has_table_privilege(c.oid, 'UPDATE'),
      'delete', has_table_privilege(c.oid, 'DELETE')),
    'hasRules', exists (select 1 from pg_rewrite w where w.ev_class = c.oid and w.ev_type <> '1')) as item
  from wanted r join pg_class c on c.oid = r.oid join pg_namespace n on n.oid = c.relnamespace
  left join columns l on l.attrelid = c.oid
), enums as (
  select distinct on (t.oid) s.rank, json_build_object('schema', s.name, 'name', t.typname,
    'labels', (select coalesce(json_agg(e.enumlabel order by e.enumsortorder), '[]') from pg_enum e where e.enumtypid = t.oid)) as item
  from asked_enums a join spaces s on (a.schema is null and s.rank >= 0) or a.schema = s.name
  join pg_type t on t.typnamespace = s.oid and t.typname = a.name and t.typtype = 'e'
), functions as (
  select distinct on (p.oid) json_build_object('schema', s.name, 'name', p.proname,
    'arguments', pg_get_function_identity_arguments(p.oid), 'result', coalesce(pg_get_function_result(p.oid), ''),
    'body', md5(concat_ws('|', p.prosrc, pg_get_function_sqlbody(p.oid), p.provolatile, p.prosecdef, p.proconfig::text)),
    'executable', has_function_privilege(p.oid, 'EXECUTE')) as item
  from asked_functions a join spaces s on (a.schema is null and s.rank >= 0) or a.schema = s.name
  join pg_proc p on p.pronamespace = s.oid and p.proname = a.name
)
select json_build_object(
  'role', current_user, 'login', session_user,
  'loginPowers', (select array_remove(array[
      case when l.rolsuper then 'superuser' end,
      case when l.rolcreaterole and not c.rolcreaterole then 'createrole' end,
      case when l.rolcreatedb and not c.rolcreatedb then 'createdb' end,
      case when l.rolreplication and not c.rolreplication then 'replication' end,
      case when l.rolbypassrls and not c.rolbypassrls then 'bypassrls' end,
      case when l.oid <> c.oid and exists (select 1 from pg_auth_members m where m.member = l.oid and m.roleid <> c.oid)
        then 'member of other roles' end], null)
    from pg_roles l, pg_roles c where l.rolname = session_user and c.rolname = current_user),
  'bypassesRowSecurity', (select rolsuper or rolbypassrls from pg_roles where rolname = current_user),
  'schemas', (select coalesce(json_agg(json_build_object('name', name, 'usable', usable, 'rank', rank) order by rank), '[]') from spaces),
  'relations', (select coalesce(json_agg(item), '[]') from relations),
  'enums', (select coalesce(json_agg(item order by rank), '[]') from enums),
  'functions', (select coalesce(json_agg(item), '[]') from functions))::text as catalogue`;
