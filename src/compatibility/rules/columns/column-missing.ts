// COL001: a column that the contract or a statement names is missing: dropped, renamed, or lost by a view.
import type { Relation } from '../../../model/relation.ts';
import {
  contractRelations,
  findColumn,
  nameOf,
  type CheckContext,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { missesSilently, operationsUsing, type AskedColumn } from '../../facts/column-users.ts';
import { suggestColumn } from '../../facts/missing-column-remedy.ts';
import { mentions, readMissingColumn } from '../../check/sql-failures.ts';

export const findColumnMissing: Rule = (context) => {
  const found = [...findDeclared(context), ...findRefused(context)];
  return [...found, ...findInFunctions(context, found)];
};

function findDeclared(context: CheckContext): Draft[] {
  return contractRelations(context).flatMap(({ written, relation }) => {
    const columns = [...(context.release.schema.tables.get(written)?.columns ?? [])];
    const missing = columns.filter(([name]) => findColumn(relation, name) === undefined);
    return missing.map(([name, { type }]) => {
      const hit = operationsUsing(context, relation, name).filter((operation) =>
        meets(context, operation, { relation, column: name }),
      );
      return toDraft(context, relation, { name, type, operations: hit });
    });
  });
}

/** PostgreSQL refuses it, or answers without the column. */
function meets(context: CheckContext, name: string, asked: AskedColumn): boolean {
  const checked = context.operations.find((one) => one.name === name);
  return checked !== undefined && (checked.failure !== undefined || missesSilently(context, checked, asked));
}

function findRefused(context: CheckContext): Draft[] {
  return context.operations.flatMap((checked) => {
    const missing = readMissingColumn(context, checked);
    if (missing === undefined) return [];
    const { relation, column } = missing;
    return [toDraft(context, relation, { name: column, type: undefined, operations: [checked.name] })];
  });
}

/** A function's body names a missing column: PostgreSQL reports its name alone, and no position in the statement. */
function findInFunctions(context: CheckContext, found: readonly Draft[]): Draft[] {
  return context.operations.flatMap(({ failure, name }): Draft[] => {
    if (failure?.sqlstate !== '42703' || failure.position !== undefined) return [];
    if (found.some(({ explains }) => explains?.includes(name) === true)) return [];
    const causes = found.filter(({ object }) => mentions(failure, object.slice(object.lastIndexOf('.') + 1)));
    const [cause] = causes;
    if (cause === undefined || new Set(causes.map(({ object }) => object)).size > 1) return [];
    return [{ ...cause, operations: [name], explains: [name] }];
  });
}

function toDraft(
  context: CheckContext,
  relation: Relation,
  lost: {
    readonly name: string;
    /** The contract's type, if it has the column. */
    readonly type: string | undefined;
    readonly operations: readonly string[];
  },
): Draft {
  const { name, type, operations } = lost;
  return {
    code: 'COL001',
    object: `${nameOf(relation)}.${name}`,
    expected: type === undefined ? 'a column of this name' : `a column of type ${type}`,
    actual: `missing; the columns are ${relation.columns.map((column) => column.name).join(', ')}`,
    operations,
    explains: operations,
    sqlstate: '42703',
    ...suggestColumn(context, relation, { name, type }),
  };
}
