// OPS005: an operation of mode read would write, lock rows or advance a sequence, directly or through a function.
import { findReadViolations } from '../../../sql/forbidden-functions.ts';
import { listWriters } from '../../bodies/called-bodies.ts';
import type { CheckContext, Draft, Rule } from '../../check/check-context.ts';

const readsOnly = {
  code: 'OPS005',
  expected: 'mode read: no writes, no row locks, no sequences',
  sqlstate: '25006',
} as const;

export const findReadOperationWrites: Rule = (context) => {
  const own = context.operations.flatMap(({ operation, analysis, name }): Draft[] => {
    if (operation.mode !== 'read' || analysis === undefined) return [];
    const violations = findReadViolations(analysis);
    if (violations.length === 0) return [];
    const actual = violations.join(', ');
    return [
      {
        ...readsOnly,
        object: name,
        actual,
        operations: [name],
        hint: 'Declare the operation `mode: write`.',
      },
    ];
  });
  return [...own, ...findInFunctions(context)];
};

function findInFunctions(context: CheckContext): Draft[] {
  const { operations } = context;
  const reading = new Set(
    operations.filter(({ operation }) => operation.mode === 'read').map(({ name }) => name),
  );
  return listWriters(context).flatMap(({ called, written, sure, possible }): Draft[] => {
    if (written.length === 0) return [];
    const actual = `${called.signature} writes ${written.join(', ')}`;
    const hint = 'Declare the operation `mode: write`, or change the function so that it only reads.';
    const toDraft = (name: string): Draft => ({
      ...readsOnly,
      object: name,
      actual,
      operations: [name],
      hint,
    });
    return [
      ...sure.filter((name) => reading.has(name)).map(toDraft),
      ...possible
        .filter((name) => reading.has(name))
        .map((name): Draft => ({
          ...toDraft(name),
          severity: 'warn',
          actual: `${actual}, when a call reaches that statement`,
        })),
    ];
  });
}
