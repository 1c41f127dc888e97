// PRV004: the role may not execute a function that a statement calls.
import { readQuoted } from '../sql-failures.ts';
import { quote, quoteRelation, type Draft, type Rule } from '../check-context.ts';

export const findFunctionPrivilegeMissing: Rule = ({ catalogue, operations }) =>
  operations.flatMap(({ analysis, failure, name }) =>
    (analysis?.functions ?? []).flatMap((call): Draft[] => {
      const candidates = catalogue.functions.filter(
        (one) => one.name === call.name && (call.schema ?? one.schema) === one.schema,
      );
      const [first] = candidates;
      const refused =
        failure?.sqlstate === '42501' &&
        [/function "?([^"]+?)"?$/.exec(failure.message)?.[1], readQuoted(failure.message)].includes(
          call.name,
        );
      if (first === undefined || (!refused && candidates.some((one) => one.executable))) return [];
      const one = candidates.find((candidate) => !candidate.executable) ?? first;
      return [
        {
          code: 'PRV004',
          object: `${one.schema}.${one.name}`,
          expected: `role ${catalogue.role} may execute it`,
          actual: 'it may not',
          operations: [name],
          explains: [name],
          sqlstate: '42501',
          hint: 'Grant the role EXECUTE on the function.',
          migration: `grant execute on function ${quoteRelation(one)}(${one.arguments}) to ${quote(catalogue.role)};`,
        },
      ];
    }),
  );
