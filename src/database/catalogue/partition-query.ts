// The part of the catalogue query about partitioned tables: what single partitions have, on all levels.
import { constraint, relationName, trigger } from './catalogue-fragments.ts';

/** The most partitions of one table, on all levels. With more, none is read: that would cost more than it is worth. */
export const mostPartitions = 1_000;

/**
 * After `wanted`. A partition is notable when it has a check or row trigger that its parent lacks, or partitions.
 * Statement-level triggers and rules count only for the table that the statement names.
 */
export const partitionTreeCtes = `tree as (
  select w.oid as root, h.inhrelid as oid, h.inhparent as parent from wanted w
  join pg_class c on c.oid = w.oid and c.relkind = 'p' join pg_inherits h on h.inhparent = w.oid
  union all
  select t.root, h.inhrelid, h.inhparent from tree t join pg_inherits h on h.inhparent = t.oid
), tree_sizes as (
  select w.oid as root, count(t.oid) as count from wanted w join pg_class c on c.oid = w.oid and c.relkind = 'p'
  left join tree t on t.root = w.oid group by w.oid
), branches as materialized (
  select t.root, t.oid, t.parent from tree t join tree_sizes s on s.root = t.root and s.count <= ${mostPartitions}
), own_checks as (
  select k.conrelid as oid, json_agg(${constraint} order by k.conname) as list from pg_constraint k
  where k.conrelid = any(array(select distinct oid from branches)) and k.contype = 'c' and k.coninhcount = 0
  group by k.conrelid
), own_triggers as (
  select g.tgrelid as oid, json_agg(${trigger} order by g.tgname) as list from pg_trigger g join pg_proc p on p.oid = g.tgfoid
  where g.tgrelid = any(array(select distinct oid from branches)) and g.tgparentid = 0 and not g.tgisinternal and g.tgtype & 1 = 1
  group by g.tgrelid
), split_partitions as (
  select c.oid from pg_class c where c.oid = any(array(select distinct oid from branches)) and c.relkind = 'p'
), notable as (
  select b.root, json_agg(json_build_object('name', ${relationName('b.oid')},
    'bounds', case when k.oid is not null then coalesce(pg_get_partition_constraintdef(b.oid), '') else '' end,
    'checks', coalesce(k.list, '[]'), 'triggers', coalesce(g.list, '[]'), 'isSplit', s.oid is not null,
    'children', case when s.oid is null then '[]' else (select coalesce(json_agg(${relationName('d.oid')}), '[]') from branches d
      where d.root = b.root and d.parent = b.oid) end)) as list
  from branches b left join own_checks k on k.oid = b.oid left join own_triggers g on g.oid = b.oid
  left join split_partitions s on s.oid = b.oid
  where k.oid is not null or g.oid is not null or s.oid is not null group by b.root
)`;

/** NULL for a table that is not partitioned, or has too many partitions. `relation`: the alias of a row of pg_class. */
export const partitionTree = (relation: string): string =>
  `(select case when s.count > ${mostPartitions} then null else json_build_object('count', s.count,
      'takesAll', exists (select from pg_partitioned_table pt where pt.partrelid = s.root and pt.partdefid <> 0),
      'notable', coalesce((select n.list from notable n where n.root = s.root), '[]')) end
    from tree_sizes s where s.root = ${relation}.oid)`;
