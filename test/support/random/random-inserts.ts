// Random operations that insert: with and without a column list, from a query, in a CTE, upserts, MERGE, through a view.
import { list, nameTable, type RandomColumn, type RandomTable } from './random-schema.ts';
import { remove } from './random-queries.ts';
import { choose, q, type Draw, type RandomStatement } from './random-statement.ts';
import { pick } from './random-types.ts';

/** Columns whose values a statement may give. */
function listGivable(columns: readonly RandomColumn[]): RandomColumn[] {
  return columns.filter(({ kind }) => kind !== 'generated' && kind !== 'always');
}

function mustGive({ nullable, hasDefault, kind, type }: RandomColumn): boolean {
  return kind === 'plain' && !nullable && !hasDefault && type.sql !== '"Short Text"';
}

function chooseGiven({ table, given }: Pick<Draw, 'table' | 'given'>, always?: RandomColumn): RandomColumn[] {
  const givable = listGivable(table.columns);
  const chosen = givable.filter(
    (column, at) => mustGive(column) || column === always || (given >> at) % 2 === 1,
  );
  return chosen.length > 0 ? chosen : givable.slice(0, 1);
}

function omit(table: RandomTable, written: readonly RandomColumn[]): RandomColumn[] {
  return table.columns.filter((column) => !written.includes(column));
}

function writeInto({ table, inputs }: Draw, written: readonly RandomColumn[]): string {
  const values = written.map((column) => inputs.write(column));
  return `insert into ${nameTable(table)} as t (${list(written)}) values (${values.join(', ')})`;
}

function add(draw: Draw): RandomStatement {
  const { table, given } = draw;
  const written = chooseGiven(draw);
  if (written.length === 0) return addDefaults(draw);
  const shown = choose(table.columns, given >> 1);
  const sql = `${writeInto(draw, written)} returning ${list(shown)}`;
  const facts = { omitted: omit(table, written), hasList: true, needs: ['insert'] } as const;
  return { sql, table, shown, written, named: [...written, ...shown], ...facts };
}

/** Only a generated key may be given, that is nothing. */
function addDefaults({ table }: Draw): RandomStatement {
  const sql = `insert into ${nameTable(table)} default values`;
  const facts = { omitted: table.columns, hasList: true, needs: ['insert'] } as const;
  return { sql, table, shown: [], written: [], named: [], ...facts };
}

function addByPosition({ table, inputs }: Draw): RandomStatement {
  const written = listGivable(table.columns);
  const values = table.columns.map((column) => (written.includes(column) ? inputs.write(column) : 'default'));
  const sql = `insert into ${nameTable(table)} values (${values.join(', ')})`;
  const facts = { omitted: omit(table, written), hasList: false, needs: ['insert'] } as const;
  return { sql, table, shown: [], written, named: table.columns, ...facts };
}

/** Copies a row under another key. */
function copy(draw: Draw): RandomStatement {
  const { table, inputs } = draw;
  const written = chooseGiven({ ...draw, given: draw.given | 1 }).filter(
    ({ type }) => type.sql !== 'int4range',
  );
  const needed = listGivable(table.columns).filter((column) => mustGive(column) && !written.includes(column));
  if (written.length === 0 || needed.length > 0) return add(draw);
  const isOwn = (column: RandomColumn): boolean => column === table.key || column === table.unique?.column;
  const values = written.map((column) =>
    isOwn(column) ? `cast(${inputs.find(column, 2)} as ${column.type.sql})` : `s.${q(column)}`,
  );
  const sql = `insert into ${nameTable(table)} (${list(written)}) select ${values.join(', ')} from ${nameTable(table)} s where s.${q(table.key)} = ${inputs.find(table.key, 0)} returning ${q(table.key)}`;
  const facts = { omitted: omit(table, written), hasList: true, needs: ['insert'] } as const;
  const named = [...written, table.key];
  return { sql, table, shown: [table.key], written: written.filter(isOwn), named, ...facts };
}

function addInCte(draw: Draw): RandomStatement {
  const { table } = draw;
  const written = chooseGiven(draw);
  if (written.length === 0) return addDefaults(draw);
  const sql = `with made as (${writeInto(draw, written)} returning ${list([table.key])}) select ${list([table.key])} from made`;
  const facts = { omitted: omit(table, written), hasList: true, needs: ['insert'] } as const;
  return { sql, table, shown: [table.key], written, named: [...written, table.key], ...facts };
}

function upsert(draw: Draw): RandomStatement {
  const { table, other, given } = draw;
  const target = table.unique !== undefined && other % 2 === 1 ? table.unique.column : table.key;
  if (target.kind === 'always') return add(draw);
  const written = chooseGiven({ table, given: given | 1 }, target);
  const free = written.find(
    (column) => column !== target && column !== table.key && column !== table.unique?.column,
  );
  const isNamed = table.unique?.column === target && other % 3 === 0;
  const what = isNamed ? `on constraint ${q({ name: table.unique.constraint })}` : `(${q(target)})`;
  const action = free === undefined || isNamed ? 'nothing' : `update set ${q(free)} = excluded.${q(free)}`;
  const sql = `${writeInto(draw, written)} on conflict ${what} do ${action}`;
  const facts = { omitted: omit(table, written), hasList: true, needs: ['insert'] } as const;
  return {
    sql,
    table,
    shown: [],
    written,
    named: [...written, target],
    conflict: isNamed ? 'constraint' : 'columns',
    target,
    ...facts,
  };
}

function merge(draw: Draw): RandomStatement {
  const { table, inputs, given } = draw;
  const written = chooseGiven({ table, given: given | 1 }, table.key);
  if (!written.includes(table.key) || written.length === 0) return add(draw);
  const source = `(select cast(${inputs.find(table.key, 2)} as ${table.key.type.sql}) as k) s`;
  const values = written.map((column) => (column === table.key ? 's.k' : inputs.write(column)));
  const sql = `merge into ${nameTable(table)} t using ${source} on t.${q(table.key)} = s.k when matched then delete when not matched then insert (${list(written)}) values (${values.join(', ')})`;
  const facts = { omitted: omit(table, written), hasList: true, needs: ['insert', 'delete'] } as const;
  return { sql, table, shown: [], written, named: written, ...facts };
}

function addThroughView(draw: Draw): RandomStatement {
  const { schema, other, inputs } = draw;
  const writable = schema.views.filter(
    ({ isWritable, base, columns }) =>
      isWritable &&
      listGivable(columns).length > 0 &&
      base.columns.every((column) => !mustGive(column) || columns.includes(column)),
  );
  if (writable.length === 0) return remove(draw);
  const view = pick(writable, other);
  const written = listGivable(view.columns);
  const values = written.map((column) => inputs.write(column));
  const sql = `insert into ${q(view)} (${list(written)}) values (${values.join(', ')})`;
  const facts = { omitted: omit(view.base, written), hasList: true, needs: ['insert'] } as const;
  return { sql, table: view.base, view, shown: [], written, named: written, ...facts };
}

export const inserts: readonly ((draw: Draw) => RandomStatement)[] = [
  add,
  addByPosition,
  copy,
  addInCte,
  upsert,
  merge,
  addThroughView,
];
