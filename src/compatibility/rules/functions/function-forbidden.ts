// OPS006: a statement calls a function with effects outside the statement.
import { findForbiddenFunctions } from '../../../sql/forbidden-functions.ts';
import type { Draft, Rule } from '../../check/check-context.ts';

export const findFunctionForbidden: Rule = ({ operations }) =>
  operations.flatMap(({ analysis, name }) =>
    (analysis === undefined ? [] : findForbiddenFunctions(analysis)).map(
      ({ function: call, reason }): Draft => ({
        code: 'OPS006',
        object: call.schema === undefined ? call.name : `${call.schema}.${call.name}`,
        expected: 'functions without effects outside the statement',
        actual: `${call.name}: ${reason}`,
        operations: [name],
        hint: 'Remove the call from the statement.',
      }),
    ),
  );
