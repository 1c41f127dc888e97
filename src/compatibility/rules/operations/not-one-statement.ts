// OPS001: an operation's SQL is not exactly one SELECT, INSERT, UPDATE, DELETE or MERGE.
import type { Draft, Rule } from '../../check/check-context.ts';

export const findNotOneStatement: Rule = ({ operations }) =>
  operations.flatMap(({ statement: { analysis }, name }): Draft[] => {
    if (analysis === undefined || (analysis.statements === 1 && analysis.kind !== 'other')) return [];
    return [
      {
        code: 'OPS001',
        object: name,
        expected: 'one SELECT, INSERT, UPDATE, DELETE or MERGE',
        actual: analysis.statements === 1 ? analysis.node : `${analysis.statements} statements`,
        operations: [name],
        explains: [name],
        hint: 'Put schema changes into migrations, and several statements into several operations or CTEs.',
      },
    ];
  });
