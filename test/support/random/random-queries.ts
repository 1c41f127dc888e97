// Random operations that read, update or delete.
import { list, nameTable } from './random-schema.ts';
import { choose, q, type Draw, type RandomStatement } from './random-statement.ts';
import { pick } from './random-types.ts';

const reads = { written: [], needs: ['select'] } as const;

export function get({ table, given, inputs }: Draw): RandomStatement {
  const shown = choose(table.columns, given);
  const sql = `select ${list(shown)} from ${nameTable(table)} where ${q(table.key)} = ${inputs.find(table.key, 0)}`;
  return { ...reads, sql, table, shown, named: [...shown, table.key] };
}

function getStar({ table }: Draw): RandomStatement {
  const sql = `select * from ${nameTable(table)} x order by x.${q(table.key)}`;
  return { ...reads, sql, table, shown: table.columns, named: table.columns };
}

function join({ table, schema, other, given }: Draw): RandomStatement {
  const parent = table.columns.find((column) => column.parent !== undefined);
  const joined = parent?.parent ?? pick(schema.tables, other);
  const shown = choose(table.columns, given);
  const on = parent === undefined ? 'true' : `b.${q(joined.key)} = a.${q(parent)}`;
  const sql = `select ${list(shown, 'a')}, b.${q(joined.key)} as other from ${nameTable(table)} a left join ${nameTable(joined)} b on ${on}`;
  return { ...reads, sql, table, shown, named: parent === undefined ? shown : [...shown, parent] };
}

function joinUsing(draw: Draw): RandomStatement {
  const { table, schema, other } = draw;
  const joined = pick(schema.tables, other);
  const same = table.columns.filter(({ name, type }) =>
    joined.columns.some((one) => one.name === name && one.type === type && type.isKey),
  );
  const [on] = same;
  const own = table.columns.filter((column) => !joined.columns.some(({ name }) => name === column.name));
  const shown = [...same.slice(0, 1), ...own];
  const isSelf = joined === table;
  if (on === undefined || isSelf) return getStar(draw);
  const sql = `select ${list(shown)} from ${nameTable(table)} join ${nameTable(joined)} using (${q(on)})`;
  return { ...reads, sql, table, shown, named: shown };
}

function group({ table, other, given }: Draw): RandomStatement {
  const by = pick(table.columns, given);
  const most = pick(
    table.columns.filter(({ type }) => type.isKey),
    other,
  );
  const sql = `select ${q(by)} as by, count(*) as n, max(${q(most)}::text) as most from ${nameTable(table)} group by 1 order by 2`;
  return { ...reads, sql, table, shown: [by], named: [by, most] };
}

function compareLabel({ table, schema, given }: Draw): RandomStatement {
  const isMood = ({ type }: (typeof table.columns)[number]): boolean => type.sql === '"Mood"';
  const of = [table, ...schema.tables].find(({ columns }) => columns.some(isMood)) ?? table;
  const column = of.columns.find(isMood);
  const label = pick(['glad', 'sad', 'so so'], given);
  const where =
    column === undefined ? `cast('${label}' as "Mood") is not null` : `${q(column)} <> '${label}'`;
  const sql = `select ${q(of.key)} from ${nameTable(of)} where ${where}`;
  const named = column === undefined ? [of.key] : [of.key, column];
  return { ...reads, sql, table: of, shown: [of.key], named, labels: [label] };
}

function callFunction(draw: Draw): RandomStatement {
  const { schema, table, other, inputs } = draw;
  if (schema.functions.length === 0) return get(draw);
  const called = pick(schema.functions, other);
  const sql = `select ${q(table.key)}, ${q(called)}(${inputs.find(called, 2)}) as called from ${nameTable(table)}`;
  return { ...reads, sql, table, shown: [table.key], named: [table.key], function: called };
}

function readView(draw: Draw): RandomStatement {
  const { schema, other, given } = draw;
  if (schema.views.length === 0) return getStar(draw);
  const view = pick(schema.views, other);
  const shown = choose(view.columns, given);
  const sql = `select ${list(shown)} from ${q(view)}`;
  return { ...reads, sql, table: view.base, view, shown, named: shown };
}

function unite({ table, given }: Draw): RandomStatement {
  const shown = choose(table.columns, given);
  const from = `from ${nameTable(table)}`;
  const sql = `with a as (select ${list(shown)} ${from}) select * from a union all select ${list(shown)} ${from}`;
  return { ...reads, sql, table, shown, named: shown };
}

export function remove({ table, inputs }: Draw): RandomStatement {
  const sql = `delete from ${nameTable(table)} where ${q(table.key)} = ${inputs.find(table.key, 1)}`;
  return { sql, table, shown: [], written: [], named: [table.key], needs: ['delete'] };
}

function update(draw: Draw): RandomStatement {
  const { table, given, inputs } = draw;
  const settable = table.columns.filter((column) => column.kind === 'plain' && column !== table.key);
  if (settable.length === 0) return remove(draw);
  const written = choose(settable, given);
  const sets = written.map((column) => `${q(column)} = ${inputs.write(column)}`);
  const where = `${q(table.key)} = ${inputs.find(table.key, 0)}`;
  const shown = [table.key, ...written];
  const sql = `update ${nameTable(table)} set ${sets.join(', ')} where ${where} returning ${list(shown)}`;
  return { sql, table, shown, written, named: shown, needs: ['update'] };
}

export const queries: readonly ((draw: Draw) => RandomStatement)[] = [
  get,
  getStar,
  join,
  joinUsing,
  group,
  compareLabel,
  callFunction,
  readView,
  unite,
  remove,
  update,
];
