// Random schemas: tables with keys of every kind, foreign keys, generated columns, views over tables and over views,
// functions, in two schemas and with names that need quotes. A recipe is what fast-check draws and shrinks; the model is
// what it means.
import fc from 'fast-check';
import { quoteIdentifier } from '../../../src/kernel/quote-identifier.ts';
import { integerType, pick, randomTypes, type RandomType } from './random-types.ts';

export const mainSchema = 'fuzz';
export const sideSchema = 'Side Car';

export interface RandomColumn {
  readonly name: string;
  readonly type: RandomType;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
  readonly kind: 'plain' | 'serial' | 'identity' | 'always' | 'generated';
  /** It references that table's key. */
  readonly parent?: RandomTable;
}

export interface RandomTable {
  readonly schema: string;
  readonly name: string;
  /** The first is the key. */
  readonly columns: readonly RandomColumn[];
  readonly key: RandomColumn;
  readonly isPartitioned: boolean;
  /** Of a unique constraint named `unique_<index>`. */
  readonly unique: { readonly constraint: string; readonly column: RandomColumn } | undefined;
}

export interface RandomView {
  readonly name: string;
  readonly base: RandomTable;
  readonly columns: readonly RandomColumn[];
  /** Rows can be written through it: one table, no join, no DISTINCT. */
  readonly isWritable: boolean;
  readonly sql: string;
}

export interface RandomFunction {
  readonly name: string;
  readonly type: RandomType;
}

export interface RandomSchema {
  readonly tables: readonly RandomTable[];
  readonly views: readonly RandomView[];
  readonly functions: readonly RandomFunction[];
}

const number = fc.noBias(fc.nat(999));
const column = fc.record({ type: number, nullable: fc.boolean(), hasDefault: fc.boolean(), kind: fc.nat(7) });
const table = fc.record({
  key: fc.nat(5),
  keyType: number,
  isAside: fc.nat(3),
  isPartitioned: fc.nat(5),
  hasUnique: fc.boolean(),
  parent: fc.option(number),
  columns: fc.array(column, { minLength: 1, maxLength: 5 }),
});

export const schemaRecipe = fc.record({
  tables: fc.array(table, { minLength: 2, maxLength: 6 }),
  views: fc.array(fc.record({ table: number, kind: fc.nat(4) }), { maxLength: 3 }),
  functions: fc.array(number, { maxLength: 2 }),
});
type Recipe<A> = A extends fc.Arbitrary<infer T> ? T : never;
export type SchemaRecipe = Recipe<typeof schemaRecipe>;

const tableNames = ['customers', 'Big Orders', 'user', 'items', 'a.b', 'Été'];
const columnNames = ['name', 'Full Name', 'status', 'order', 'a"b', 'élan', 'x.y'];

export function buildSchema(recipe: SchemaRecipe): RandomSchema {
  const tables: RandomTable[] = [];
  for (const [index, one] of recipe.tables.entries()) tables.push(buildTable(one, index, tables));
  const views: RandomView[] = [];
  for (const [index, one] of recipe.views.entries())
    views.push(buildView(pick(tables, one.table), { kind: one.kind, index, views }));
  const functions = recipe.functions.map((type, index) => ({
    name: pick(['calc', 'Odd Fn'], index),
    type: pick(randomTypes, type),
  }));
  return { tables, views, functions };
}

function buildTable(
  recipe: SchemaRecipe['tables'][number],
  index: number,
  before: readonly RandomTable[],
): RandomTable {
  const kind = pick(['plain', 'serial', 'identity', 'always', 'plain', 'plain'] as const, recipe.key);
  const keyTypes = randomTypes.filter(({ isKey }) => isKey);
  const key: RandomColumn = {
    name: index % 2 === 0 ? 'id' : 'Id',
    type: kind === 'plain' ? pick(keyTypes, recipe.keyType) : integerType,
    nullable: false,
    hasDefault: false,
    kind,
  };
  const columns = [
    key,
    ...recipe.columns.map((one, at): RandomColumn => ({
      name: pick(columnNames, at + (index % 3)),
      type: one.kind === 7 ? integerType : pick(randomTypes, one.type),
      nullable: one.nullable,
      hasDefault: one.hasDefault && one.kind !== 7,
      kind: one.kind === 7 ? 'generated' : 'plain',
    })),
  ];
  const parent = recipe.parent === null || before.length === 0 ? undefined : pick(before, recipe.parent);
  if (parent !== undefined) {
    const { type } = parent.key;
    const nullable = recipe.hasUnique;
    columns.push({ name: 'parent', type, nullable, hasDefault: false, kind: 'plain', parent });
  }
  const isPartitioned = kind === 'plain' && recipe.isPartitioned === 5;
  const candidate = columns.slice(1).find((one) => one.type.isKey && one.kind === 'plain' && !one.parent);
  const unique =
    recipe.hasUnique && !isPartitioned && candidate !== undefined
      ? { constraint: `Unique ${index}`, column: { ...candidate, hasDefault: false } }
      : undefined;
  return {
    schema: recipe.isAside === 3 ? sideSchema : mainSchema,
    name: pick(tableNames, index),
    columns: columns.map((one) => (one === candidate && unique !== undefined ? unique.column : one)),
    key,
    isPartitioned,
    unique,
  };
}

function buildView(
  base: RandomTable,
  {
    kind,
    index,
    views,
  }: { readonly kind: number; readonly index: number; readonly views: readonly RandomView[] },
): RandomView {
  const name = pick(['shown', 'Seen Rows', 'listed'], index);
  const under = views.at(-1);
  if (kind === 4 && under !== undefined) {
    const columns = under.columns.slice(0, 3);
    const sql = `select ${list(columns)} from ${quoteIdentifier(under.name)}`;
    return { name, base: under.base, columns, isWritable: under.isWritable, sql };
  }
  const columns = base.columns.slice(0, 4);
  const from = `${nameTable(base)} v`;
  if (kind === 3) {
    const sql = `select distinct on (v.${quoteIdentifier(base.key.name)}) ${list(columns, 'v')} from ${from}`;
    return { name, base, columns, isWritable: false, sql };
  }
  const where = kind === 2 ? ` where v.${quoteIdentifier(base.key.name)} is not null` : '';
  return { name, base, columns, isWritable: true, sql: `select ${list(columns, 'v')} from ${from}${where}` };
}

/** As an operation writes it: found by the search_path, or by its schema's name. */
export function nameTable({ schema, name }: Pick<RandomTable, 'schema' | 'name'>): string {
  return schema === mainSchema
    ? quoteIdentifier(name)
    : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

export function list(columns: readonly RandomColumn[], of?: string): string {
  const prefix = of === undefined ? '' : `${of}.`;
  return columns.map(({ name }) => prefix + quoteIdentifier(name)).join(', ');
}

export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
