// Whether a write makes PostgreSQL call a function in a default, a check, an index, a generated column, a partition
// key, a domain or the condition of a trigger.
import type { Relation, RowCall, WriteCall } from '../../../model/relation.ts';
import { triggerEvents } from '../definitions.ts';
import type { Write } from './writes.ts';

type Called = Pick<WriteCall | RowCall, 'kind' | 'caller' | 'events' | 'columns'>;

const beforeEachUpdate = 1 + 2 + triggerEvents.update;

/** `undefined` when this write never calls it; `false` when it depends on the row, or on unknown parts of the write. */
export function isCalled(write: Write, call: Called): boolean | undefined {
  const { kind, relation, columns } = write;
  if ((call.events & triggerEvents[kind]) === 0) return undefined;
  if (call.kind === 'default') return takesDefault(write, call);
  if (call.kind === 'domain' && !isConverted(write, call)) return false;
  if (kind !== 'update' || call.kind === 'check') return true;
  // A single partition may be the default one, which accepts every row.
  if (call.kind === 'partition key') return relation.children.length > 1;
  if (call.columns.length === 0) return true;
  if (columns?.some(({ column }) => call.columns.includes(column.name)) !== false) return true;
  if (call.kind === 'generated') {
    // PostgreSQL computes them all again when a trigger may change any column.
    const isShaped = relation.triggers.some(
      (one) => one.enabled && (one.events & beforeEachUpdate) === beforeEachUpdate,
    );
    return isShaped ? true : undefined;
  }
  // The row gets new entries in every index, unless its page has room and no indexed column changes.
  return call.kind === 'index' ? false : undefined;
}

function takesDefault({ kind, columns }: Write, call: Called): boolean | undefined {
  if (columns === undefined) return kind === 'insert' ? false : undefined;
  const written = columns.find(({ column }) => call.columns.includes(column.name));
  if (written === undefined) return kind === 'insert' ? true : undefined;
  return written.value?.kind === 'default' ? true : undefined;
}

/** An expression's result may have the domain's type already, and is then not checked again. */
function isConverted({ columns }: Write, call: Called): boolean {
  if (columns === undefined) return false;
  const written = columns.find(({ column }) => call.columns.includes(column.name));
  return written === undefined || (written.value !== undefined && written.value.kind !== 'expression');
}

export function sayCaller({ name }: Pick<Relation, 'name'>, { kind, caller }: Called): string {
  if (kind === 'partition key') return `the partition key of ${name}`;
  if (kind === 'generated') return `the generated column ${caller}`;
  if (kind === 'default' || kind === 'domain') return `the ${kind} of ${name}.${caller}`;
  return kind === 'trigger' ? `the condition of trigger ${caller}` : `the ${kind} ${caller}`;
}
