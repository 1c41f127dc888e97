// What a query's FROM makes reachable: tables and results of queries, under the names that qualify their columns.
import { listOf, memberOf, namesOf, recordOf, relationOf, textOf, type TreeRecord } from './parse-tree.ts';
import type { ColumnUse, JoinSide, RelationName } from './statement.ts';

export interface Source {
  /** The name before the dot; `undefined` when there can be none. */
  readonly name: string | undefined;
  /** `undefined` for a query, a function or a join. */
  readonly relation: RelationName | undefined;
  /** Names of its certain columns; for a relation, those from a list of aliases. */
  readonly columns: readonly string[];
  /** It may have further columns. */
  readonly isOpen: boolean;
  /** For a join with an alias. */
  readonly members: readonly Source[];
  /** Its columns need its name: `excluded`, an alias of a join. */
  readonly needsName: boolean;
}

type Levels = ColumnUse['levels'];

export interface Level {
  readonly sources: readonly Source[];
  readonly outer: Level | undefined;
}

/** Columns that a query returns. */
export interface Outputs {
  readonly names: readonly string[];
  readonly isOpen: boolean;
}

export type NamedQueries = ReadonlyMap<string, Outputs>;

/** `item`: of a FROM clause, or a target. */
export function readSources(item: unknown, queries: NamedQueries): Source[] {
  const [kind = '', value] = Object.entries(recordOf(item))[0] ?? [];
  const body = recordOf(value);
  const alias = readAlias(body['alias']);
  if (kind === 'RangeVar') return [readRelation(body, queries)];
  if (kind === 'RangeTableSample') return readSources(body['relation'], queries);
  if (kind === 'JoinExpr') {
    const members = [...readSources(body['larg'], queries), ...readSources(body['rarg'], queries)];
    const names = [alias.name, readAlias(body['join_using_alias']).name].filter((name) => name !== undefined);
    const ofJoin = { relation: undefined, columns: [], isOpen: true, members, needsName: true };
    return [...members, ...names.map((name): Source => ({ ...ofJoin, name }))];
  }
  const outputs =
    kind === 'RangeSubselect'
      ? readOutputs(body['subquery'])
      : { names: readColumnNames(body), isOpen: true };
  return [derive(alias.name ?? nameOfFunction(body), withAliases(outputs, alias.columns))];
}

/** A relation that is a target or in FROM, unless a WITH query has the name. */
export function readRelation(rangeVar: TreeRecord, queries: NamedQueries): Source {
  const relation = relationOf(rangeVar);
  const alias = readAlias(rangeVar['alias']);
  const query = relation.schema === undefined ? queries.get(relation.name) : undefined;
  const name = alias.name ?? relation.name;
  if (query !== undefined) return derive(name, withAliases(query, alias.columns));
  return { name, relation, columns: alias.columns, isOpen: true, members: [], needsName: false };
}

/** `node`: a statement with its node name. */
export function readOutputs(node: unknown): Outputs {
  const [kind = '', value] = Object.entries(recordOf(node))[0] ?? [];
  const body = recordOf(value);
  return kind === 'SelectStmt'
    ? readSelectOutputs(body)
    : readTargets(memberOf(body['returningClause'], 'exprs'));
}

export function readSelectOutputs(body: TreeRecord): Outputs {
  if (body['larg'] !== undefined) return readSelectOutputs(recordOf(body['larg']));
  const [row] = listOf(body['valuesLists']);
  if (row === undefined) return readTargets(body['targetList']);
  const width = listOf(memberOf(memberOf(row, 'List'), 'items')).length;
  return { names: Array.from({ length: width }, (_, i) => `column${i + 1}`), isOpen: false };
}

export function withAliases({ names, isOpen }: Outputs, aliases: readonly string[]): Outputs {
  // After a `*`, it is unknown which column an alias belongs to.
  return { names: isOpen ? [...aliases, ...names] : [...aliases, ...names.slice(aliases.length)], isOpen };
}

/** One side of a NATURAL JOIN: its tables and its other known columns. */
export function readSide(sources: readonly Source[]): JoinSide {
  const own = sources.filter(({ needsName }) => !needsName);
  return {
    relations: own.flatMap(({ relation }) => relation ?? []),
    columns: own.flatMap(({ columns }) => columns),
    isOpen: own.some(({ relation, isOpen }) => relation === undefined && isOpen),
  };
}

/** Relations of the levels up to the one where a query has a column of that name, the innermost first. */
export function findLevels(level: Level | undefined, column: string): Levels {
  let depth = 0;
  for (let at = level; at !== undefined; at = at.outer, depth += 1) {
    if (at.sources.some(({ needsName, columns }) => !needsName && columns.includes(column)))
      return listLevels(level).slice(0, depth);
  }
  return listLevels(level);
}

const listed = new WeakMap<Level, Levels>();

export function listLevels(level: Level | undefined): Levels {
  if (level === undefined) return [];
  let known = listed.get(level);
  if (known === undefined) {
    known = [relationsIn(level.sources.filter(({ needsName }) => !needsName)), ...listLevels(level.outer)];
    listed.set(level, known);
  }
  return known;
}

export function relationsIn(sources: readonly Source[]): RelationName[] {
  return sources.flatMap(({ relation, members }) => relation ?? relationsIn(members));
}

/** The nearest. `qualifier`: `table`, `schema.table` or `database.schema.table`. */
export function findSource(level: Level | undefined, qualifier: readonly string[]): Source | undefined {
  const [name, schema] = [qualifier.at(-1), qualifier.at(-2)];
  for (let at = level; at !== undefined; at = at.outer) {
    const found = at.sources.find(
      (source) =>
        source.name === name && (schema === undefined || (source.relation?.schema ?? schema) === schema),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function derive(name: string | undefined, { names, isOpen }: Outputs): Source {
  return { name, relation: undefined, columns: names, isOpen, members: [], needsName: false };
}

function readAlias(node: unknown): { readonly name: string | undefined; readonly columns: string[] } {
  const name = textOf(memberOf(node, 'aliasname'));
  return { name: name === '' ? undefined : name, columns: namesOf(memberOf(node, 'colnames')) };
}

function readTargets(list: unknown): Outputs {
  const targets = listOf(list).map((item) => readTargetName(memberOf(item, 'ResTarget')));
  return { names: targets.flatMap((name) => name ?? []), isOpen: targets.includes(undefined) };
}

/** `undefined` for a `*`, or a name that PostgreSQL generates. */
function readTargetName(target: unknown): string | undefined {
  const name = textOf(memberOf(target, 'name'));
  if (name !== '') return name;
  let value = recordOf(memberOf(target, 'val'));
  while (value['TypeCast'] !== undefined) value = recordOf(memberOf(value['TypeCast'], 'arg'));
  const fields = namesOf(
    memberOf(value['ColumnRef'] ?? value['FuncCall'], value['FuncCall'] ? 'funcname' : 'fields'),
  );
  const last = fields.at(-1);
  return last === '' ? undefined : last;
}

/** For XMLTABLE, JSON_TABLE and functions with a column definition list. */
function readColumnNames(body: TreeRecord): string[] {
  return [...listOf(body['coldeflist']), ...listOf(body['columns'])].flatMap((item) => {
    const column = recordOf(Object.values(recordOf(item))[0]);
    const name = textOf(column['colname'] ?? column['name']);
    return name === '' ? [] : [name];
  });
}

function nameOfFunction(body: TreeRecord): string | undefined {
  const [first] = listOf(memberOf(memberOf(listOf(body['functions'])[0], 'List'), 'items'));
  return namesOf(memberOf(memberOf(first, 'FuncCall'), 'funcname')).at(-1);
}
