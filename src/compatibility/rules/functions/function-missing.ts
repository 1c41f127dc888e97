// FUN001: a function that a statement calls is not there, or not with so many arguments.
import { qualify, type Draft, type Rule } from '../../check/check-context.ts';
import { identifiersAt } from '../../check/sql-failures.ts';

export const findFunctionMissing: Rule = ({ catalogue, operations }) =>
  operations.flatMap((checked): Draft[] => {
    const { failure, analysis, name } = checked;
    // 42809: a procedure stands in its place.
    const isMissing = failure?.sqlstate === '42883' || failure?.sqlstate === '42809';
    if (!isMissing || failure.message.startsWith('operator')) return [];
    const path = identifiersAt(checked);
    const called = path.at(-1) ?? /^\w+ (?:[^.(]+\.)?([^(]+)\(/.exec(failure.message)?.[1];
    const call = analysis?.functions.find((one) => one.name === called);
    if (call === undefined) return [];
    const candidates = catalogue.functions.filter((one) => one.name === call.name);
    const unusable = candidates.some(
      (one) => catalogue.schemas.find((schema) => schema.name === one.schema)?.usable === false,
    );
    if (unusable) return [];
    const [first] = candidates;
    return [
      {
        code: 'FUN001',
        object: first === undefined ? qualify(catalogue, call) : `${first.schema}.${first.name}`,
        expected: failure.message.replace(/ does not exist$/, ''),
        actual:
          candidates
            .map((one) => `${one.schema}.${one.name}(${one.arguments})`)
            .sort()
            .join(', ') || 'no function of this name',
        operations: [name],
        explains: [name],
        sqlstate: failure.sqlstate,
        hint: 'Create the function again with these arguments; one that forwards to the new form will do.',
      },
    ];
  });
