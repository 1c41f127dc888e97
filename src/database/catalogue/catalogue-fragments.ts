// Pieces of SQL that several parts of the catalogue query share.

/** The names of columns, from an array of their numbers. */
export const columnNames = (numbers: string, relation: string): string =>
  `(select coalesce(json_agg(ka.attname order by kk.ord), '[]') from unnest(${numbers}) with ordinality as kk(num, ord)
    join pg_attribute ka on ka.attrelid = ${relation} and ka.attnum = kk.num)`;

/** Schema and name. */
export const relationName = (oid: string): string =>
  `(select json_build_object('schema', rn.nspname, 'name', rc.relname) from pg_class rc
    join pg_namespace rn on rn.oid = rc.relnamespace where rc.oid = ${oid})`;

/** For the row `k` of pg_constraint. Before PostgreSQL 18 every constraint is enforced. */
export const isEnforced = `coalesce((to_jsonb(k) ->> 'conenforced')::bool, true)`;

/** For the row `k` of pg_constraint. */
export const constraint = `json_build_object('name', k.conname, 'type', k.contype::text,
        'definition', case when k.contype in ('c', 'x') then pg_get_constraintdef(k.oid) else '' end,
        'deferrable', k.condeferrable,
        'columns', ${columnNames('k.conkey', 'k.conrelid')})`;

/** For the rows `g` of pg_trigger and `p` of pg_proc. */
export const trigger = `json_build_object('name', g.tgname, 'events', g.tgtype::int,
        'definition', pg_get_triggerdef(g.oid) || ' ' || g.tgenabled::text || ' ' || md5(p.prosrc),
        'code', p.prosrc, 'language', (select lanname from pg_language pl where pl.oid = p.prolang),
        'enabled', g.tgenabled in ('O', 'A'), 'isConditional', g.tgqual is not null,
        'function', json_build_object('schema', (select nspname from pg_namespace fn where fn.oid = p.pronamespace), 'name', p.proname),
        'columns', ${columnNames('g.tgattr::int2[]', 'g.tgrelid')},
        'shapesInserts', (g.tgtype & 5) = 5 and (g.tgtype & 66) <> 0 and g.tgenabled in ('O', 'A'))`;

/** For the row of pg_depend: the function it refers to, an operator's function, and those behind an aggregate. */
export const calledBy = (row: string): string => `(case ${row}.refclassid
  when 'pg_proc'::regclass then ${row}.refobjid || array(select f.oid from pg_aggregate a
    cross join lateral (values (a.aggtransfn::oid), (a.aggfinalfn::oid)) as f(oid) where a.aggfnoid = ${row}.refobjid)
  when 'pg_operator'::regclass then array(select o.oprcode::oid from pg_operator o where o.oid = ${row}.refobjid) end)`;

/** The search_path as written, with "$user" replaced, pg_catalog first where it is not named. */
export const searchPathSql = `
  select s.name, s.rank from (
    select case when p.part[1] = '"$user"' or p.part[1] = '$user' then current_user::text
      when p.part[1] like '"%' then replace(substr(p.part[1], 2, length(p.part[1]) - 2), '""', '"')
      else lower(p.part[1]) end as name, p.rank
    from regexp_matches(current_setting('search_path'), '"(?:[^"]|"")*"|[^,"\\s]+', 'g') with ordinality as p(part, rank)
    union all select 'pg_catalog', 0) s`;

/** Schema and name of a type; `row` is its row of pg_type. */
export const spelledType = (oid: string, row: string): string =>
  `json_build_object('schema', (select nspname from pg_namespace where oid = ${row}.typnamespace), 'name',
    case when (select nspname from pg_namespace where oid = ${row}.typnamespace) = 'pg_catalog' or ${row}.typcategory = 'A'
      then format_type(${oid}, null) else ${row}.typname end)`;

/**
 * Every word of an SQL text, folded as PostgreSQL folds it, with those in strings and comments: they include everything
 * that it names.
 */
export const wordsOf = (text: string): string => `
  select distinct (case when m.part[1] like '"%' then replace(substr(m.part[1], 2, length(m.part[1]) - 2), '""', '"')
    else lower(m.part[1]) end)::name as word
  from regexp_matches(${text}, '"(?:[^"]|"")+"|[^\\s"(),.;:''\\[\\]=<>+*/|%!~&^#@?-]+', 'g') as m(part)`;

/** Whether the row `p` of pg_proc is a function with a readable body: in SQL or PL/pgSQL. */
export const isReadableFunction = `p.prolang in (select oid from pg_language where lanname in ('sql', 'plpgsql'))
    and p.prokind = 'f' and p.oid >= 16384`;

/** For the row `p` of pg_proc: everything that may name what it uses. */
export const bodyText = `concat_ws(' ', p.prosrc, pg_get_function_sqlbody(p.oid), array_to_string(p.proconfig, ' '))`;

/**
 * After \`relations\`: \`near\`, the tables that a write to these reaches by foreign keys. PostgreSQL checks the owners
 * of both sides, and continues with rows that are changed along.
 */
export const keyedCtes = (relations: string): string => `taken(oid) as (
  select oid from ${relations}
  union
  select k.conrelid from taken l join pg_trigger g on g.tgrelid = l.oid and g.tgconstraint <> 0
  join pg_constraint k on k.oid = g.tgconstraint and k.contype = 'f' and k.confrelid = l.oid and k.conrelid <> l.oid
    and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd'))
), near as materialized (
  select oid from taken
  union
  select k.confrelid from pg_constraint k where k.contype = 'f' and k.conrelid = any(array(select oid from taken))
  union
  select k.conrelid from pg_trigger g join pg_constraint k on k.oid = g.tgconstraint and k.contype = 'f' and k.confrelid = g.tgrelid
  where g.tgrelid = any(array(select oid from taken)) and g.tgconstraint <> 0
)`;
