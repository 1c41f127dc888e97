// The part of the catalogue query that reads the bodies of functions in SQL and PL/pgSQL. For bodies that run with
// other rights or settings than their caller, it also reads what their words may mean.
import { bodyText, isReadableFunction, spelledType, wordsOf } from './catalogue-fragments.ts';

/** The role that the function runs as: its owner, or its caller. */
const runner = `(case when p.prosecdef then p.proowner else (select oid from pg_roles where rolname = current_user) end)`;

/** On the whole relation or on some column. */
const may = (privilege: string): string =>
  `(has_table_privilege(${runner}, c.oid, '${privilege}') or has_any_column_privilege(${runner}, c.oid, '${privilege}'))`;

/** $7/$8 schemas ('' for none) and names of functions. Part of the catalogue query, whose `path` and `spaces` it uses. */
export const bodiesSql = `
  select json_build_object('oid', p.oid::int8, 'schema', n.nspname, 'name', p.proname,
    'argumentTypes', (select coalesce(json_agg(${spelledType('u.type', 't')} order by u.at), '[]')
      from unnest(p.proargtypes::oid[]) with ordinality as u(type, at) join pg_type t on t.oid = u.type),
    'argumentNames', (select coalesce(json_agg(coalesce(a.name, '') order by a.at), '[]')
      from unnest(p.proargnames, p.proargmodes) with ordinality as a(name, mode, at) where coalesce(a.mode, 'i') in ('i', 'b', 'v')),
    'language', l.lanname,
    'source', case l.lanname when 'plpgsql' then coalesce(pg_get_functiondef(p.oid), p.prosrc) else coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) end,
    'isDefiner', p.prosecdef, 'owner', pg_get_userbyid(p.proowner), 'settings', coalesce(to_json(p.proconfig), '[]'),
    'isVolatile', p.provolatile = 'v',
    'isPolymorphic', exists (select from pg_type t where t.oid = any(p.proargtypes::oid[]) and t.typtype = 'p'),
    'isCallable', p.prorettype = 'trigger'::regtype or coalesce(has_function_privilege(p.oid, 'EXECUTE') and has_language_privilege(p.prolang, 'USAGE')
      and (l.lanname = 'plpgsql' or has_function_privilege(to_regprocedure('pg_catalog.fmgr_sql_validator(oid)'), 'EXECUTE')), false),
    'isOnly', not exists (select from pg_proc q where q.proname = p.proname and q.oid <> p.oid
      and (q.pronamespace = p.pronamespace or q.pronamespace in (select oid from path))),
    'schemas', (select coalesce(json_agg(json_build_object('name', s.nspname, 'usable', has_schema_privilege(s.oid, 'USAGE'),
        'usableInside', has_schema_privilege(${runner}, s.oid, 'USAGE')) order by s.nspname), '[]')
      from pg_namespace s where s.oid = any(m.spaces)),
    'relations', (select coalesce(json_agg(json_build_object('schema', s.nspname, 'name', c.relname, 'select', ${may('SELECT')},
        'insert', ${may('INSERT')}, 'update', ${may('UPDATE')}, 'delete', has_table_privilege(${runner}, c.oid, 'DELETE'))
        order by s.nspname, c.relname), '[]')
      from pg_class c join pg_namespace s on s.oid = c.relnamespace
      where c.relname = any(w.words) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and s.oid = any(m.spaces))) as item
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
  cross join lateral (select array(${wordsOf(`case when p.prosecdef or p.proconfig is not null then ${bodyText} end`)})
    as words) w
  cross join lateral (select case when p.prosecdef or p.proconfig is not null then array(
    select oid from path union select s.oid from pg_namespace s where s.nspname = any(w.words)) end as spaces) m
  where p.oid = any(array(select f.oid from unnest($7::text[], $8::text[]) as a(schema, name)
    join spaces s on (a.schema = '' and s.rank >= 0) or a.schema = s.name
    join pg_proc f on f.proname = a.name::name and f.pronamespace = s.oid)) and ${isReadableFunction} and not exists (select from pg_depend d
    where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')`;

/** Schemas in the names of functions. */
export const bodySchemasSql = "union select nullif(schema, '') from unnest($7::text[]) as b(schema)";
