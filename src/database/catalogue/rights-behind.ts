// The part of the catalogue query about rights behind a table or view: those of a view's owner, of a rule's owner, and
// of the call role for what a policy reads.
import { relationName } from './catalogue-fragments.ts';

/** `b`: a relation; on the whole or on some column. */
const may = (privilege: string): string => `has_table_privilege(c.relowner, b.oid, '${privilege}')
  or has_any_column_privilege(c.relowner, b.oid, '${privilege}')`;

/** For the foreign table `c`: its server, and whether the call role has a user mapping. Only postgres_fdw always needs one. */
export const foreignServer = `(select json_build_object('name', s.srvname, 'needsMapping', h.proname = 'postgres_fdw_handler',
    'isMapped', exists (select 1 from pg_user_mappings u where u.srvid = s.oid
      and (u.umuser = 0 or u.umuser = (select oid from pg_roles where rolname = current_user))))
  from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver
  join pg_foreign_data_wrapper w on w.oid = s.srvfdw left join pg_proc h on h.oid = w.fdwhandler where f.ftrelid = c.oid)`;

/** What the owner of the view `c` may do to what it reads; NULL for a view that uses its caller's rights. */
export const ownerRights = `case when c.relkind = 'v' and not exists (select 1 from pg_options_to_table(c.reloptions)
    where option_name = 'security_invoker' and option_value::bool) then (
  select coalesce(json_agg(json_build_object('relation', b.oid::int8, 'select', ${may('SELECT')},
    'insert', ${may('INSERT')}, 'update', ${may('UPDATE')},
    'delete', has_table_privilege(c.relowner, b.oid, 'DELETE')) order by b.oid), '[]')
  from (select distinct d.refobjid as oid from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass
    and d.objid = w.oid and d.refclassid = 'pg_class'::regclass where w.ev_class = c.oid and d.refobjid <> c.oid) b) else '[]' end`;

/** Bits of requiredPerms, which PostgreSQL stores for a rule or a policy: 1 insert, 2 select, 4 update, 8 delete. */
const lacks = (bit: number, name: string): string => `case when m.perms & ${bit} > 0
  and not has_table_privilege(s.role, m.relid, '${name}') and not has_any_column_privilege(s.role, m.relid, '${name}')
  then '${name.toLowerCase()}' end`;

/**
 * For the row `c` of pg_class: what its rules and policies need and whose rights are insufficient. `events` are the
 * bits of tgtype.
 */
export const lackedBehind = `case when c.relhasrules or c.relrowsecurity then (
  select coalesce(json_agg(json_build_object('kind', s.kind, 'name', s.name, 'events', s.events, 'role', s.role,
    'table', ${relationName('m.relid')}, 'privileges', x.lacking) order by s.kind, s.name, m.relid), '[]')
  from (
    select 'policy' as kind, y.polname as name, current_user as role, concat(y.polqual::text, y.polwithcheck::text) as tree,
      case y.polcmd when 'r' then 1 when 'a' then 4 when 'w' then 16 when 'd' then 8 else 29 end as events
    from pg_policy y where y.polrelid = c.oid and row_security_active(c.oid)
      and (0 = any(y.polroles) or exists (select 1 from unnest(y.polroles) r where r <> 0 and pg_has_role(r, 'USAGE')))
    union all
    select 'rule', w.rulename, pg_get_userbyid(c.relowner), concat(w.ev_qual::text, w.ev_action::text),
      case w.ev_type when '2' then 16 when '3' then 4 when '4' then 8 end
    from pg_rewrite w where w.ev_class = c.oid and w.ev_type <> '1' and w.ev_enabled in ('O', 'A')) s
  cross join lateral (
    select p[1]::oid as relid, bit_or(p[2]::int) as perms
    from regexp_matches(s.tree, ':relid (\\d+) [^{}]*?:requiredPerms (\\d+)', 'g') as p group by 1) m
  cross join lateral (select array_remove(array[${lacks(1, 'INSERT')}, ${lacks(2, 'SELECT')}, ${lacks(4, 'UPDATE')},
    case when m.perms & 8 > 0 and not has_table_privilege(s.role, m.relid, 'DELETE') then 'delete' end], null) as lacking) x
  where x.lacking <> '{}' and exists (select 1 from pg_class b where b.oid = m.relid)) else '[]' end`;
