// Which values an INSERT, UPDATE or MERGE writes where, from the parse tree.
import { listOf, memberOf, recordOf, relationOf, textOf, type TreeRecord } from './parse-tree.ts';
import {
  emptyScope,
  enterFrom,
  enterSelect,
  formOf,
  guard,
  readQuery,
  whereAnyIsNull,
  type NullScope,
} from './nulls/null-form.ts';
import type {
  Assignment,
  ConflictTarget,
  InsertedValue,
  InsertTarget,
  NullForm,
  RelationName,
} from './statement.ts';

/** `body`: an InsertStmt. */
export function collectInsert(body: TreeRecord): InsertTarget {
  const target = {
    relation: relationOf(body['relation']),
    columns: columnsOf(body['cols']),
    overriding: overridingOf(body['override']),
  };
  if (body['selectStmt'] === undefined) return { ...target, width: 0, source: 'default-values', values: [] };
  const select = recordOf(memberOf(body['selectStmt'], 'SelectStmt'));
  const outer = enterFrom(emptyScope, { withClause: body['withClause'], from: [], hasTable: false });
  const rows = listOf(select['valuesLists']).map((row) => listOf(memberOf(memberOf(row, 'List'), 'items')));
  if (rows.length > 0) {
    const width = rows[0]?.length ?? 0;
    return {
      ...target,
      width,
      source: 'values',
      values: mergeRows(rows.map((row) => row.map((one) => valueOf(one, outer)))),
    };
  }
  const targets = listOf(select['targetList']).map((item) => memberOf(memberOf(item, 'ResTarget'), 'val'));
  if (select['larg'] !== undefined || targets.some(isStar))
    return { ...target, width: undefined, source: 'select', values: [] };
  const scope = enterSelect(select, outer);
  const values = targets.map((one) => guarded(select, scope, valueOf(one, scope)));
  return { ...target, width: targets.length, source: 'select', values };
}

/** `clause`: a MergeWhenClause that inserts. */
export function collectMergeInsert(
  relation: RelationName,
  clause: TreeRecord,
  scope: NullScope,
): InsertTarget {
  const condition = { whereClause: clause['condition'] };
  const values = listOf(clause['values']).map((one) => guarded(condition, scope, valueOf(one, scope)));
  return {
    relation,
    columns: columnsOf(clause['targetList']),
    width: values.length,
    source: values.length === 0 ? 'default-values' : 'merge',
    values,
    overriding: overridingOf(clause['override']),
  };
}

/** `clause`: an OnConflictClause. */
export function collectConflict(relation: RelationName, clause: unknown): ConflictTarget {
  const infer = memberOf(clause, 'infer');
  if (infer === undefined) return { kind: 'any', relation };
  const constraint = textOf(memberOf(infer, 'conname'));
  if (constraint !== '') return { kind: 'constraint', relation, constraint };
  const elements = listOf(memberOf(infer, 'indexElems')).map((item) => recordOf(memberOf(item, 'IndexElem')));
  const special = (element: TreeRecord): boolean =>
    ['expr', 'collation', 'opclass'].some((key) => element[key] !== undefined);
  return {
    kind: 'columns',
    relation,
    columns: elements.flatMap((element) => (typeof element['name'] === 'string' ? [element['name']] : [])),
    hasExpressionOrPredicate: memberOf(infer, 'whereClause') !== undefined || elements.some(special),
  };
}

/** The names beside its own table that an UPDATE or a MERGE can use. `body`: an UpdateStmt or a MergeStmt. */
export function scopeOf(body: TreeRecord): NullScope {
  const from = [
    ...listOf(body['fromClause']),
    ...(body['sourceRelation'] === undefined ? [] : [body['sourceRelation']]),
  ];
  return enterFrom(emptyScope, { withClause: body['withClause'], from, hasTable: true });
}

/** `body`: has the targetList of an UPDATE, ON CONFLICT DO UPDATE or MERGE UPDATE, and its condition. */
export function assignmentsOf(body: TreeRecord, scope: NullScope): Assignment[] {
  const condition = { whereClause: body['whereClause'] ?? body['condition'] };
  return listOf(body['targetList']).map((item) => {
    const target = recordOf(memberOf(item, 'ResTarget'));
    // `a[1] = …` and `a.b = …` change a part of the column.
    const part = listOf(target['indirection']).length > 0;
    const value: InsertedValue = part ? { kind: 'expression' } : valueOf(target['val'], scope);
    return { column: textOf(target['name']), value: guarded(condition, scope, value) };
  });
}

function guarded(body: TreeRecord, scope: NullScope, value: InsertedValue): InsertedValue {
  if (value.kind !== 'expression' || value.form === undefined) return value;
  return { kind: 'expression', form: guard(body, scope, value.form) };
}

function columnsOf(list: unknown): string[] | undefined {
  const columns = listOf(list).map((item) => textOf(memberOf(memberOf(item, 'ResTarget'), 'name')));
  return columns.length === 0 ? undefined : columns;
}

function overridingOf(override: unknown): InsertTarget['overriding'] {
  if (override === 'OVERRIDING_USER_VALUE') return 'user';
  return override === 'OVERRIDING_SYSTEM_VALUE' ? 'system' : 'none';
}

/** A cast changes neither whether a value is NULL nor which parameter it is. */
function valueOf(node: unknown, scope: NullScope): InsertedValue {
  const [type = '', body] = Object.entries(recordOf(node))[0] ?? [];
  if (type === 'TypeCast') {
    const inner = valueOf(memberOf(body, 'arg'), scope);
    return inner.kind === 'default' ? { kind: 'expression' } : inner;
  }
  if (type === 'ParamRef') {
    const number = memberOf(body, 'number');
    return typeof number === 'number' ? { kind: 'parameter', number } : { kind: 'expression' };
  }
  if (type === 'A_Const' && memberOf(body, 'isnull') === true) return { kind: 'null' };
  if (type === 'SetToDefault') return { kind: 'default' };
  if (type === 'MultiAssignRef') return valueOfPart(recordOf(body), scope);
  return toExpression(formOf(node, scope));
}

/** For `(a, b) = row(…)` and `(a, b) = (select …)`. */
function valueOfPart(body: TreeRecord, scope: NullScope): InsertedValue {
  const column = body['colno'];
  if (typeof column !== 'number') return { kind: 'expression' };
  const row = listOf(memberOf(memberOf(body['source'], 'RowExpr'), 'args'));
  if (row.length > 0) return valueOf(row[column - 1], scope);
  const query = memberOf(memberOf(body['source'], 'SubLink'), 'subselect');
  const form = readQuery(query, scope)[column - 1];
  return form === undefined ? { kind: 'expression' } : toExpression(form);
}

function toExpression(form: NullForm): InsertedValue {
  return form.kind === 'unknown' || form.kind === 'value'
    ? { kind: 'expression' }
    : { kind: 'expression', form };
}

/** The strongest claim wins: a NULL in any row is a written NULL. */
function mergeRows(rows: readonly (readonly InsertedValue[])[]): InsertedValue[] {
  return (rows[0] ?? []).map((first, i) => {
    const column = rows.flatMap((row) => row[i] ?? []);
    const strong =
      column.find(({ kind }) => kind === 'null') ?? column.find(({ kind }) => kind === 'default');
    if (strong !== undefined) return strong;
    const parameter = column.find(({ kind }) => kind === 'parameter');
    if (parameter !== undefined) return parameter;
    const forms = column.flatMap((value) => (value.kind === 'expression' ? (value.form ?? []) : []));
    return forms.length === 0 ? first : toExpression(whereAnyIsNull(forms));
  });
}

function isStar(node: unknown): boolean {
  return listOf(memberOf(memberOf(node, 'ColumnRef'), 'fields')).some((field) => 'A_Star' in recordOf(field));
}
