// Destructive changes, each aimed at something that an operation uses: PostgreSQL refuses the operation afterwards, or it
// answers something else.
import {
  list,
  literal,
  mainSchema,
  nameTable,
  type RandomColumn,
  type RandomSchema,
} from './random-schema.ts';
import { callRole, writeFunction } from './random-schema-sql.ts';
import { q, type RandomOperation } from './random-statement.ts';
import { moodLabels } from './random-types.ts';

export interface RandomLoss {
  readonly title: string;
  readonly operation: string;
  readonly sql: string;
}

type Aim = (operation: RandomOperation, schema: RandomSchema) => readonly string[];

const plainOf = (columns: readonly RandomColumn[]): RandomColumn[] =>
  columns.filter(({ kind }) => kind === 'plain');

/** Only where the operation goes to the table itself: a view is in the way of the other. */
const onTable =
  (aim: (operation: RandomOperation, table: string) => readonly string[]): Aim =>
  (operation) =>
    operation.view === undefined ? aim(operation, nameTable(operation.table)) : [];

const onColumns = (
  choose: (operation: RandomOperation) => readonly RandomColumn[],
  write: (column: RandomColumn, table: string) => string,
): Aim => onTable((operation, table) => choose(operation).map((column) => write(column, table)));

const alter = (table: string, what: string): string => `alter table ${table} ${what}`;

/** The data goes first: it could be in the way of another type. */
const retype = (column: RandomColumn, table: string, type: string): string =>
  `truncate ${table} cascade; alter table ${table} alter ${q(column)} drop default; ${alter(table, `alter ${q(column)} type ${type} using null`)}`;

const writesOf = (operation: RandomOperation): readonly RandomColumn[] => plainOf(operation.written);

const aims: Readonly<Record<string, Aim>> = {
  'a used column is dropped': onColumns(
    ({ named, omitted, hasList }) => (omitted !== undefined && hasList !== true ? [] : named),
    (column, table) => alter(table, `drop column ${q(column)} cascade`),
  ),
  'a used column is renamed': onColumns(
    ({ named, omitted, hasList }) => (omitted !== undefined && hasList !== true ? [] : named),
    (column, table) => alter(table, `rename column ${q(column)} to "renamed it"`),
  ),
  'a column of a view is gone': ({ view, named }) =>
    view === undefined
      ? []
      : named.map(
          (column) =>
            `drop view ${q(view)} cascade; create view ${q(view)} as select 1 as one, ${list(view.base.columns.filter((other) => other !== column))} from ${nameTable(view.base)}; grant select, insert on ${q(view)} to ${callRole}`,
        ),
  'a table is dropped': onTable((_operation, table) => [`drop table ${table} cascade`]),
  'a table is renamed': onTable((_operation, table) => [`alter table ${table} rename to "Else"`]),
  'a table moves to another schema': onTable((_operation, table) => [
    `create schema elsewhere; alter table ${table} set schema elsewhere`,
  ]),
  'a view is dropped': ({ view }) => (view === undefined ? [] : [`drop view ${q(view)} cascade`]),
  'a view cannot be written any more': ({ view, needs }) =>
    view === undefined || !needs.includes('insert')
      ? []
      : [
          `drop view ${q(view)} cascade; create view ${q(view)} as select distinct ${list(view.columns.filter(({ type }) => type.isKey))} from ${nameTable(view.base)}; grant select, insert on ${q(view)} to ${callRole}`,
        ],
  'a shown column has another type': onColumns(
    ({ shown }) => shown.filter(({ kind, parent }) => kind === 'plain' && parent === undefined),
    (column, table) => retype(column, table, column.type.other),
  ),
  'a written column is narrower': onColumns(
    (operation) => writesOf(operation).filter(({ type, parent }) => type.narrower !== undefined && !parent),
    (column, table) => alter(table, `alter ${q(column)} type ${column.type.narrower ?? ''}`),
  ),
  'a new column is required': onTable(({ omitted }, table) =>
    omitted === undefined
      ? []
      : [
          `${alter(table, 'add "New One" integer not null default 1')}; ${alter(table, 'alter "New One" drop default')}`,
        ],
  ),
  'an omitted column is required': onColumns(
    ({ omitted = [], hasList }) =>
      hasList === true
        ? plainOf(omitted).filter((one) => one.nullable && !one.hasDefault && one.type.sql !== '"Short Text"')
        : [],
    (column, table) => `truncate ${table} cascade; ${alter(table, `alter ${q(column)} set not null`)}`,
  ),
  'an omitted column has no default any more': onColumns(
    ({ omitted = [] }) =>
      omitted.filter(
        ({ kind, hasDefault, nullable, type }) =>
          kind === 'serial' || (kind === 'plain' && hasDefault && !nullable && type.sql !== '"Short Text"'),
      ),
    (column, table) => alter(table, `alter ${q(column)} drop default`),
  ),
  'an identity is gone': onColumns(
    ({ omitted = [] }) => omitted.filter(({ kind }) => kind === 'identity' || kind === 'always'),
    (column, table) => alter(table, `alter ${q(column)} drop identity`),
  ),
  'a column that takes NULL is required': onColumns(
    (operation) =>
      operation.conflict === undefined ? writesOf(operation).filter(({ nullable }) => nullable) : [],
    (column, table) =>
      `update ${table} set ${q(column)} = ${literal(column.type.values[0])} where ${q(column)} is null; ${alter(table, `alter ${q(column)} set not null`)}`,
  ),
  'a written column is generated': onColumns(
    writesOf,
    (column, table) =>
      `${alter(table, `drop column ${q(column)} cascade`)}; ${alter(table, `add ${q(column)} ${column.type.sql} generated always as (${literal(column.type.values[0])}) stored`)}`,
  ),
  'a written column is an identity': onColumns(
    ({ written, table }) => written.filter((column) => column === table.key && column.kind === 'identity'),
    (column, table) => alter(table, `alter ${q(column)} set generated always`),
  ),
  'the key of a conflict is gone': onTable(({ conflict, target, table: { unique, key } }, table) => {
    if (conflict === undefined) return [];
    if (target === key)
      return [
        `do $$ declare k text; begin select conname into k from pg_constraint where contype = 'p' and conrelid = ${literal(table)}::regclass; execute format('alter table %s drop constraint %I cascade', ${literal(table)}, k); end $$`,
      ];
    return unique === undefined ? [] : [alter(table, `drop constraint ${q({ name: unique.constraint })}`)];
  }),
  'the key of a conflict is deferrable': onTable(({ conflict, target, table: { unique } }, table) => {
    if (conflict === undefined || unique === undefined || target !== unique.column) return [];
    const name = q({ name: unique.constraint });
    return [
      `${alter(table, `drop constraint ${name}`)}; ${alter(table, `add constraint ${name} unique (${q(unique.column)}) deferrable`)}`,
    ];
  }),
  'the constraint of a conflict is only an index': onTable(({ conflict, table: { unique } }, table) =>
    conflict !== 'constraint' || unique === undefined
      ? []
      : [
          `${alter(table, `drop constraint ${q({ name: unique.constraint })}`)}; create unique index ${q({ name: unique.constraint })} on ${table} (${q(unique.column)})`,
        ],
  ),
  'a label is renamed': ({ labels = [], written }) => {
    const sent = written.some(({ type }) => type.sql.startsWith('"Mood"')) ? [moodLabels[2]] : [];
    return [...labels, ...sent].map((label) => `alter type "Mood" rename value '${label}' to 'renamed'`);
  },
  'a privilege is revoked': ({ needs, table, view }) => {
    const on = view === undefined ? nameTable(table) : q(view);
    return needs.map((need) => `revoke ${need} on ${on} from ${callRole}`);
  },
  'the schema is not usable': ({ table, view }) =>
    view === undefined && table.schema !== mainSchema
      ? [`revoke usage on schema ${q({ name: table.schema })} from ${callRole}`]
      : [],
  'the sequence is not usable': onTable(({ omitted = [] }, table) =>
    omitted
      .filter(({ kind }) => kind === 'serial')
      .map(
        ({ name }) =>
          `do $$ begin execute 'revoke all on sequence ' || pg_get_serial_sequence(${literal(table)}, ${literal(name)}) || ' from ${callRole}'; end $$`,
      ),
  ),
  'a function is dropped': ({ function: called }) =>
    called === undefined ? [] : [`drop function ${q(called)}`],
  'a function may not be called': ({ function: called }) =>
    called === undefined ? [] : [`revoke execute on function ${q(called)} from public`],
  'a function gives another type': ({ function: called }) =>
    called === undefined
      ? []
      : [`drop function ${q(called)}; ${writeFunction(called, { result: called.type.other })}`],
  'rows are filtered': onTable(({ needs }, table) =>
    needs.includes('delete') ? [] : [alter(table, 'enable row level security')],
  ),
  'the table is a view without writes': onTable(({ needs, table: { columns } }, table) =>
    needs.includes('select')
      ? []
      : [
          `alter table ${table} rename to "Kept"; create view ${table} as select distinct on (1) ${list(columns)} from ${table.includes('.') && table.startsWith('"Side Car"') ? '"Side Car".' : ''}"Kept"; grant select, insert, update, delete on ${table} to ${callRole}`,
        ],
  ),
};

/** All that can be done to these operations, in groups of one kind. */
export function listLosses(
  schema: RandomSchema,
  operations: readonly RandomOperation[],
): readonly (readonly RandomLoss[])[] {
  return Object.entries(aims)
    .map(([title, aim]) =>
      operations.flatMap((operation) =>
        aim(operation, schema).map((sql) => ({ title, operation: operation.name, sql })),
      ),
    )
    .filter((group) => group.length > 0);
}
