// FUN006: a function that writes or locks rows is declared STABLE or IMMUTABLE. PostgreSQL refuses it at run time. A
// warning when a call does not certainly reach it.
import { listWriters } from '../../bodies/called-bodies.ts';
import { nameOf, type Draft, type Rule } from '../../check/check-context.ts';

export const findFunctionCannotWrite: Rule = (context) =>
  listWriters(context).flatMap(({ called: { body }, written, sure, possible }): Draft[] => {
    if (body.isVolatile) return [];
    const does = written.length === 0 ? 'locks rows' : `writes ${written.join(', ')}`;
    const types = body.argumentTypes.map(({ name }) => name).join(', ');
    const toDraft = (operations: readonly string[]): Draft => ({
      code: 'FUN006',
      object: `${nameOf(body)}(${types})`,
      expected: 'VOLATILE: it does more than read',
      actual: `it ${does}, and is declared STABLE or IMMUTABLE`,
      operations,
      sqlstate: '0A000',
      hint: 'Declare the function VOLATILE again.',
    });
    return [
      ...(sure.length === 0 ? [] : [toDraft(sure)]),
      ...(possible.length === 0 ? [] : [{ ...toDraft(possible), severity: 'warn' as const }]),
    ];
  });
