// Which functions PostgreSQL calls for triggers on what a release's operations write, and which fields these expect
// that the rows do not have.
import type { SqlError } from '../../database/database.ts';
import type { Relation, Trigger } from '../../model/relation.ts';
import type { QualifiedName } from '../../model/qualified-name.ts';
import type { CheckContext, CheckedBody, RefusedStatement } from '../check/check-context.ts';
import { triggerEvents } from '../facts/definitions.ts';
import { dependsOnRow, findWrites, mayDropRows, type Write } from '../facts/writes/writes.ts';

export interface TriggerCall {
  readonly operation: string;
  readonly relation: Relation;
  readonly function: QualifiedName;
  /** The rows that it receives. */
  readonly records: readonly ('new' | 'old')[];
  /** It is called for every row that the operation writes, or once. */
  readonly isSure: boolean;
}

/** Of tgtype. */
const forEachRow = 1;
const beforeOrInstead = 2 + 64;

const known = new WeakMap<CheckContext, readonly TriggerCall[]>();

export function listTriggerCalls(context: CheckContext): readonly TriggerCall[] {
  const found = known.get(context) ?? findWrites(context).flatMap(listCalls);
  known.set(context, found);
  return found;
}

function listCalls(write: Write): TriggerCall[] {
  const { checked, kind, relation: table, through } = write;
  const isByRow = dependsOnRow(write);
  // Perhaps no row is inserted or changed.
  const mayBeNone = mayDropRows(write) || (kind === 'insert' && checked.analysis?.conflicts.length !== 0);
  return [table, ...through].flatMap((relation) =>
    relation.triggers.flatMap((trigger): TriggerCall[] => {
      if (trigger.function === undefined || !isFired(trigger, write)) return [];
      const isRow = (trigger.events & forEachRow) !== 0;
      const isAfterRow = isRow && (trigger.events & beforeOrInstead) === 0;
      return [
        {
          operation: checked.name,
          relation,
          function: trigger.function,
          records: isRow ? rowsOf(kind) : [],
          isSure: !isByRow && !trigger.isConditional && !(isAfterRow && mayBeNone),
        },
      ];
    }),
  );
}

function isFired({ enabled, events, columns }: Trigger, { kind, columns: written }: Write): boolean {
  if (!enabled || (events & triggerEvents[kind]) === 0) return false;
  if (kind !== 'update' || columns.length === 0 || written === undefined) return true;
  return written.some(({ column }) => columns.includes(column.name));
}

function rowsOf(kind: Write['kind']): ('new' | 'old')[] {
  if (kind === 'update') return ['new', 'old'];
  return kind === 'insert' ? ['new'] : ['old'];
}

const systemColumns = ['tableoid', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax'];

/** PostgreSQL's messages about fields that the trigger's rows do not have. */
export function listMissingFields(
  { fields }: CheckedBody,
  { relation, records }: TriggerCall,
): RefusedStatement[] {
  const names = new Set([...systemColumns, ...relation.columns.map(({ name }) => name)]);
  return fields
    .filter(({ record, field }) => records.includes(record) && !names.has(field))
    .map(({ record, field, isSure }) => ({ error: refuse(record, field), isSure }));
}

function refuse(record: string, field: string): SqlError {
  return {
    sqlstate: '42703',
    message: `record "${record}" has no field "${field}"`,
    detail: undefined,
    hint: undefined,
    position: undefined,
  };
}
