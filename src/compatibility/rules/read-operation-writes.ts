// OPS005: an operation of mode read would write, lock rows or advance a sequence.
import { findReadViolations } from '../../sql/forbidden-functions.ts';
import type { Draft, Rule } from '../check-context.ts';

export const findReadOperationWrites: Rule = ({ operations }) =>
  operations.flatMap(({ operation, analysis, name }): Draft[] => {
    if (operation.mode !== 'read' || analysis === undefined) return [];
    const violations = findReadViolations(analysis);
    if (violations.length === 0) return [];
    return [
      {
        code: 'OPS005',
        object: name,
        expected: 'mode read: no writes, no row locks, no sequences',
        actual: violations.join(', '),
        operations: [name],
        sqlstate: '25006',
        hint: 'Say `mode: write`.',
      },
    ];
  });
