// Pieces of SQL that several parts of the catalogue query share.

/** The names of columns, from an array of their numbers. */
export const columnNames = (numbers: string, relation: string): string =>
  `(select coalesce(json_agg(ka.attname order by kk.ord), '[]') from unnest(${numbers}) with ordinality as kk(num, ord)
    join pg_attribute ka on ka.attrelid = ${relation} and ka.attnum = kk.num)`;

/** Schema and name. */
export const relationName = (oid: string): string =>
  `(select json_build_object('schema', rn.nspname, 'name', rc.relname) from pg_class rc
    join pg_namespace rn on rn.oid = rc.relnamespace where rc.oid = ${oid})`;

/** Of the row `k` of pg_constraint. Before PostgreSQL 18 every constraint is. */
export const isEnforced = `coalesce((to_jsonb(k) ->> 'conenforced')::bool, true)`;

/** Of the row `k` of pg_constraint. */
export const constraint = `json_build_object('name', k.conname, 'type', k.contype::text,
        'definition', case when k.contype in ('c', 'x') then pg_get_constraintdef(k.oid) else '' end,
        'deferrable', k.condeferrable,
        'columns', ${columnNames('k.conkey', 'k.conrelid')})`;

/** Of the rows `g` of pg_trigger and `p` of pg_proc. */
export const trigger = `json_build_object('name', g.tgname, 'events', g.tgtype::int,
        'definition', pg_get_triggerdef(g.oid) || ' ' || g.tgenabled::text || ' ' || md5(p.prosrc),
        'enabled', g.tgenabled in ('O', 'A'),
        'shapesInserts', (g.tgtype & 5) = 5 and (g.tgtype & 66) <> 0 and g.tgenabled in ('O', 'A'))`;
