// Harmless changes of a random schema, and others of which nobody knows before what they do to an operation.
import {
  list,
  literal,
  mainSchema,
  nameTable,
  type RandomSchema,
  type RandomTable,
} from './random-schema.ts';
import { callRole } from './random-schema-sql.ts';
import { q, type RandomOperation } from './random-statement.ts';
import { pick, randomTypes } from './random-types.ts';

export interface RandomChange {
  readonly title: string;
  readonly sql: string;
}

export interface ChangeRecipe {
  readonly kind: number;
  readonly table: number;
  readonly column: number;
  readonly type: number;
}

interface Aim {
  readonly schema: RandomSchema;
  readonly operations: readonly RandomOperation[];
  readonly table: RandomTable;
  /** `table` as SQL writes it. */
  readonly on: string;
  readonly recipe: ChangeRecipe;
  /** Tells the names of several changes apart. */
  readonly index: number;
}
/** Undefined: there is no such thing to change. */
type Write = (aim: Aim) => string | undefined;

const harmless: Readonly<Record<string, Write>> = {
  'a nullable column': ({ on, recipe, index }) =>
    `alter table ${on} add "added ${index}" ${pick(randomTypes, recipe.type).sql}`,
  'a column with a default': ({ on, recipe, index }) => {
    const type = pick(randomTypes, recipe.type);
    return `alter table ${on} add "added ${index}" ${type.sql} not null default ${literal(type.values[0])}`;
  },
  'a generated column': ({ on, index }) =>
    `alter table ${on} add "added ${index}" integer generated always as (1 + 1) stored`,
  'a table': ({ on, index }) => `create table "new ${index}" (like ${on} including all)`,
  'a referencing table': ({ on, table, index }) =>
    `create table "new ${index}" (id ${table.key.type.sql} references ${on} on delete cascade)`,
  'a view': ({ on, index }) => `create view "new ${index}" as select * from ${on}`,
  'an index': ({ on, table, recipe }) =>
    `create index on ${on} ((${q(pick(table.columns, recipe.column))} is null))`,
  'a function': ({ recipe, index }) =>
    `create function "new ${index}"(a ${pick(randomTypes, recipe.type).sql}) returns integer language sql as 'select 1'`,
  'another function of the same name': ({ schema, recipe }) =>
    schema.functions[0] === undefined || recipe.type % 2 === 0
      ? undefined
      : `create function ${q(schema.functions[0])}(a boolean, b boolean, c boolean) returns integer language sql as 'select 1'`,
  'a schema': ({ on, index }) =>
    `create schema elsewhere; create view elsewhere."new ${index}" as table ${on}`,
  'a grant': ({ on }) => `grant all on ${on} to public`,
  'a wider type': ({ on, table }) => {
    const column = table.columns.find(({ type, parent }) => type.wider !== undefined && !parent);
    return column === undefined
      ? undefined
      : `alter table ${on} alter ${q(column)} type ${column.type.wider ?? ''}`;
  },
  'a label': ({ index }) => `alter type "Mood" add value 'new ${index}'`,
  'a default': ({ on, table }) => {
    const column = table.columns.find(
      (one) => one.kind === 'plain' && one !== table.key && one !== table.unique?.column,
    );
    return column === undefined
      ? undefined
      : `alter table ${on} alter ${q(column)} set default ${literal(column.type.values[0])}`;
  },
  'a column may be null': ({ on, table }) => {
    const column = table.columns.find(
      (one) => one.kind === 'plain' && one.name !== table.key.name && !one.nullable,
    );
    return column === undefined ? undefined : `alter table ${on} alter ${q(column)} drop not null`;
  },
  'no foreign key any more': ({ on }) =>
    `do $$ declare k name; begin for k in select conname from pg_constraint where contype = 'f' and conparentid = 0 and conrelid = ${literal(on)}::regclass loop execute format('alter table %s drop constraint %I', ${literal(on)}, k); end loop; end $$`,
  'no constraint that nothing names': ({ on, table: { unique, name }, operations }) =>
    unique === undefined || operations.some(({ conflict, table }) => conflict && table.name === name)
      ? undefined
      : `alter table ${on} drop constraint ${q({ name: unique.constraint })}`,
  'an equal index in place of the constraint': ({ on, table: { unique, name }, operations }) =>
    unique === undefined ||
    operations.some(({ conflict, table }) => conflict === 'constraint' && table.name === name)
      ? undefined
      : `alter table ${on} drop constraint ${q({ name: unique.constraint })}; create unique index on ${on} (${q(unique.column)})`,
  'no column that nothing uses': ({ on, table, operations }) => {
    const users = operations.filter((operation) => operation.table === table);
    const column = table.columns.find((one) => !operations.some(({ sql }) => sql.includes(q(one))));
    return column === undefined || users.some(({ sql, hasList }) => hasList === false || sql.includes('*'))
      ? undefined
      : `alter table ${on} drop column ${q(column)}`;
  },
  'a view of the old name after a rename': ({ on, table, operations, index }) => {
    const isNeeded = operations.some(
      ({ conflict, sql, needs }) =>
        conflict !== undefined || sql.startsWith('merge') || needs.includes('delete'),
    );
    return isNeeded || table.schema !== mainSchema
      ? undefined
      : `alter table ${on} rename to "kept ${index}"; create view ${on} as select * from "kept ${index}"; grant all on ${on} to ${callRole}`;
  },
  'an idle trigger': ({ on, index }) =>
    `create function "idle ${index}"() returns trigger language plpgsql as 'begin return coalesce(new, old); end'; create trigger "idle ${index}" before insert or update or delete on ${on} for each row execute function "idle ${index}"()`,
};

const wild: Readonly<Record<string, Write>> = {
  'another type': ({ on, table, recipe }) =>
    `truncate ${on} cascade; alter table ${on} alter ${q(pick(table.columns, recipe.column))} type ${pick(randomTypes, recipe.type).sql} using null`,
  'a type that PostgreSQL casts to': ({ on, table, recipe }) => {
    const type = pick(
      ['text', 'bigint', 'numeric', 'varchar(3)', 'smallint', 'timestamp', 'jsonb'],
      recipe.type,
    );
    return `alter table ${on} alter ${q(pick(table.columns, recipe.column))} type ${type}`;
  },
  'a column of the same name': ({ on, schema, recipe }) => {
    const other = pick(schema.tables, recipe.type);
    return `alter table ${on} add ${q(pick(other.columns, recipe.column))} integer`;
  },
  'a check': ({ on, table, recipe }) =>
    `alter table ${on} add check (${q(pick(table.columns, recipe.column))} is not null)`,
  'a required column': ({ on, table, recipe }) =>
    `alter table ${on} alter ${q(pick(table.columns, recipe.column))} set not null`,
  'no default': ({ on, table, recipe }) =>
    `alter table ${on} alter ${q(pick(table.columns, recipe.column))} drop default`,
  'no column': ({ on, table, recipe }) =>
    `alter table ${on} drop column ${q(pick(table.columns, recipe.column))} cascade`,
  'two columns change places': ({ on, table, recipe }) => {
    const column = pick(table.columns, recipe.column);
    return `alter table ${on} drop column ${q(column)} cascade; alter table ${on} add ${q(column)} ${column.type.sql} default ${literal(column.type.values[0])}`;
  },
  'a domain is stricter': () => 'alter domain "Short Text" set not null',
  'a domain without a default': () => 'alter domain "Short Text" drop default',
  'a domain with a check': () => 'alter domain positive add check (value < 100)',
  'a table in the way': ({ on, table, index }) =>
    `alter table ${on} rename to "kept ${index}"; create table ${on} as select ${list(table.columns.slice(0, 2))} from ${nameTable({ schema: table.schema, name: `kept ${index}` })}; grant all on ${on} to ${callRole}`,
  'a schema is dropped': () => 'drop schema "Side Car" cascade',
  'a view that shows another': ({ schema, recipe, on }) => {
    const view = schema.views[0];
    return view === undefined
      ? undefined
      : `drop view ${q(view)} cascade; create view ${q(view)} as select * from ${on} where ${recipe.column % 2} = 1; grant all on ${q(view)} to ${callRole}`;
  },
};

export function writeChange(
  kinds: 'harmless' | 'any',
  recipe: ChangeRecipe,
  context: Pick<Aim, 'schema' | 'operations' | 'index'>,
): RandomChange | undefined {
  const list = Object.entries(kinds === 'harmless' ? harmless : { ...wild, ...harmless });
  const [title, write] = pick(list, recipe.kind);
  const table = pick(context.schema.tables, recipe.table);
  const sql = write({ ...context, table, on: nameTable(table), recipe });
  return sql === undefined ? undefined : { title, sql };
}
