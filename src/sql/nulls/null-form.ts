// When an expression is NULL: a small tree of parameters, constants and everything that passes NULL on. Other parts are
// `unknown`. Follows column names into VALUES, sub-selects and WITH; tables stay unknown.
import { anyOf, bounded, readCase, readOperator, unknownForm } from './null-operators.ts';
import { listOf, memberOf, namesOf, recordOf, textOf, type TreeRecord } from '../parse-tree.ts';
import type { NullForm } from '../statement.ts';

/** The columns of a FROM item with an alias, by name. */
interface NullSource {
  readonly alias: string;
  readonly columns: ReadonlyMap<string, NullForm>;
}

/** One query's FROM. */
interface NullLevel {
  readonly sources: readonly NullSource[];
  /** It also has tables or functions, whose columns are unknown. */
  readonly isOpen: boolean;
}

export interface NullScope {
  /** The innermost query first. */
  readonly levels: readonly NullLevel[];
  readonly queries: ReadonlyMap<string, TreeRecord>;
}

export const emptyScope: NullScope = { levels: [], queries: new Map() };

/** `from`: the items of FROM or USING beside the statement's own table, if it has one. */
export function enterFrom(
  outer: NullScope,
  { withClause, from, hasTable }: { withClause: unknown; from: readonly unknown[]; hasTable: boolean },
): NullScope {
  const scope = enterWith(outer, withClause);
  const found = from.flatMap((item) => readItem(item, scope));
  const sources = found.flatMap((source) => source ?? []);
  const level = { sources, isOpen: hasTable || sources.length < found.length };
  return { levels: [level, ...scope.levels], queries: scope.queries };
}

function enterWith(outer: NullScope, withClause: unknown): NullScope {
  const found = listOf(memberOf(withClause, 'ctes')).map((item) =>
    recordOf(memberOf(item, 'CommonTableExpr')),
  );
  if (found.length === 0) return outer;
  // A recursive one is unknown.
  const known = memberOf(withClause, 'recursive') === true ? [] : found;
  return {
    levels: outer.levels,
    queries: new Map([...outer.queries, ...known.map((query) => [textOf(query['ctename']), query] as const)]),
  };
}

/** `undefined` when unknown. */
function readItem(item: unknown, scope: NullScope): (NullSource | undefined)[] {
  const [kind = '', value] = Object.entries(recordOf(item))[0] ?? [];
  const body = recordOf(value);
  if (kind === 'JoinExpr') return ['larg', 'rarg'].flatMap((side) => readItem(body[side], scope));
  const alias = recordOf(body['alias']);
  const names = namesOf(alias['colnames']);
  if (kind === 'RangeSubselect') {
    const columns = readColumns(recordOf(memberOf(body['subquery'], 'SelectStmt')), scope);
    return [toSource(textOf(alias['aliasname']), names, columns)];
  }
  const name = textOf(body['relname']);
  const query = kind === 'RangeVar' && body['schemaname'] === undefined ? scope.queries.get(name) : undefined;
  const select = memberOf(query?.['ctequery'], 'SelectStmt');
  if (query === undefined || select === undefined) return [undefined];
  // A query only sees earlier ones: that may miss names that PostgreSQL knows, but never adds any.
  const before = new Map([...scope.queries].slice(0, [...scope.queries.keys()].indexOf(name)));
  const columns = readColumns(recordOf(select), { levels: [], queries: before });
  const called = textOf(alias['aliasname']);
  return [
    toSource(
      called === '' ? name : called,
      names.length > 0 ? names : namesOf(query['aliascolnames']),
      columns,
    ),
  ];
}

interface NamedForm {
  readonly name: string;
  readonly form: NullForm;
}

function toSource(
  alias: string,
  names: readonly string[],
  columns: readonly NamedForm[] | undefined,
): NullSource | undefined {
  if (columns === undefined) return undefined;
  return { alias, columns: new Map(columns.map(({ name, form }, i) => [names[i] ?? name, form])) };
}

/** `undefined` for a set operation or `*` of something unknown. */
function readColumns(select: TreeRecord, outer: NullScope): NamedForm[] | undefined {
  const rows = listOf(select['valuesLists']).map((row) => listOf(memberOf(memberOf(row, 'List'), 'items')));
  if (rows.length > 0)
    return (rows[0] ?? []).map((_first, i) => ({
      name: `column${i + 1}`,
      form: anyOf(rows.map((row) => formOf(row[i], outer))),
    }));
  if (select['larg'] !== undefined) return undefined;
  const scope = enterSelect(select, outer);
  const columns: NamedForm[] = [];
  for (const item of listOf(select['targetList'])) {
    const target = recordOf(memberOf(item, 'ResTarget'));
    const fields = listOf(memberOf(memberOf(target['val'], 'ColumnRef'), 'fields'));
    if (fields.some((field) => 'A_Star' in recordOf(field))) {
      const [level] = scope.levels;
      if (level === undefined || level.isOpen || fields.length > 1) return undefined;
      for (const source of level.sources)
        for (const [name, form] of source.columns) columns.push({ name, form });
      continue;
    }
    const name = textOf(target['name']);
    columns.push({
      name: name === '' ? (namesOf(fields).at(-1) ?? '') : name,
      form: guard(select, scope, formOf(target['val'], scope)),
    });
  }
  return columns;
}

export function enterSelect(select: TreeRecord, outer: NullScope): NullScope {
  const from = listOf(select['fromClause']);
  return enterFrom(outer, { withClause: select['withClause'], from, hasTable: false });
}

/** There is a row only when the condition is true. */
export function guard(body: TreeRecord, scope: NullScope, form: NullForm): NullForm {
  if (body['whereClause'] === undefined || form.kind === 'unknown') return form;
  const when = formOf(body['whereClause'], scope);
  return bounded({ kind: 'guarded', when, form }, [when, form]);
}

export function formOf(node: unknown, scope: NullScope): NullForm {
  const [kind = '', value] = Object.entries(recordOf(node))[0] ?? [];
  const body = recordOf(value);
  const formsOf = (key: string): NullForm[] => listOf(body[key]).map((item) => formOf(item, scope));
  switch (kind) {
    case 'ParamRef':
      return typeof body['number'] === 'number' ? { kind: 'parameter', number: body['number'] } : unknownForm;
    case 'A_Const':
      return body['isnull'] === true ? { kind: 'null' } : { kind: 'value' };
    case 'A_ArrayExpr':
    case 'RowExpr':
      return { kind: 'value' };
    case 'TypeCast':
    case 'CollateClause':
      return formOf(body['arg'], scope);
    case 'FuncCall': {
      const names = namesOf(body['funcname']);
      const operands = formsOf('args');
      const functions = [{ schema: names.at(-2), name: names.at(-1) ?? '' }];
      return bounded({ kind: 'strict', functions, operands }, operands);
    }
    case 'A_Expr':
      return readOperator(body, (operand) => formOf(operand, scope));
    case 'BoolExpr': {
      const operands = formsOf('args');
      const operator = ({ AND_EXPR: 'and', OR_EXPR: 'or', NOT_EXPR: 'not' } as const)[textOf(body['boolop'])];
      return operator === undefined ? unknownForm : bounded({ kind: operator, operands }, operands);
    }
    case 'NullTest': {
      const operand = formOf(body['arg'], scope);
      return bounded({ kind: 'is-null', operand, negated: body['nulltesttype'] === 'IS_NOT_NULL' }, [
        operand,
      ]);
    }
    case 'CoalesceExpr':
    case 'MinMaxExpr': {
      const operands = formsOf('args');
      return bounded({ kind: 'first', operands }, operands);
    }
    case 'CaseExpr':
      return readCase(body, (operand) => formOf(operand, scope));
    case 'SubLink':
      return textOf(body['subLinkType']) === 'EXPR_SUBLINK'
        ? (readQuery(body['subselect'], scope)[0] ?? unknownForm)
        : unknownForm;
    case 'ColumnRef':
      return readColumn(namesOf(body['fields']), scope.levels);
    default:
      return unknownForm;
  }
}

/** The columns of a sub-select with one row: also NULL when it has no row. */
export function readQuery(node: unknown, outer: NullScope): NullForm[] {
  const select = recordOf(memberOf(node, 'SelectStmt'));
  if (select['larg'] !== undefined || select['valuesLists'] !== undefined) return [];
  const scope = enterSelect(select, outer);
  const isPlain = ['groupClause', 'havingClause'].every((key) => select[key] === undefined);
  const when: NullForm =
    select['whereClause'] === undefined ? { kind: 'value' } : formOf(select['whereClause'], scope);
  return listOf(select['targetList']).map((item) => {
    const target = memberOf(memberOf(item, 'ResTarget'), 'val');
    const form = formOf(target, scope);
    // An aggregate, such as count(*), returns a row when none exists.
    const isColumn = isPlain && !hasCall(target);
    return isColumn ? bounded({ kind: 'one-row', when, form }, [when, form]) : unknownForm;
  });
}

function hasCall(node: unknown): boolean {
  return JSON.stringify(node ?? null).includes('"FuncCall"');
}

function readColumn(path: readonly string[], levels: readonly NullLevel[]): NullForm {
  const [name, alias] = [path.at(-1) ?? '', path.at(-2)];
  if (path.length > 2) return unknownForm;
  for (const { sources, isOpen } of levels) {
    const found = sources.filter((source) =>
      alias === undefined ? source.columns.has(name) : source.alias === alias,
    );
    if (found.length > 0)
      return found.length === 1 ? (found[0]?.columns.get(name) ?? unknownForm) : unknownForm;
    if (isOpen) return unknownForm;
  }
  return unknownForm;
}

/** NULL when one of the forms is. */
export function whereAnyIsNull(forms: readonly NullForm[]): NullForm {
  return anyOf(forms);
}
