// PRV004: the role may not execute a function that a statement calls.
import { readQuoted } from '../sql-failures.ts';
import { qualify, quote, quoteRelation, type CheckContext, type Draft, type Rule } from '../check-context.ts';

export const findFunctionPrivilegeMissing: Rule = (context) => {
  const called = findCalled(context);
  const explained = new Set(called.flatMap(({ operations }) => operations));
  return [...called, ...findHidden(context, explained)];
};

/** Behind an operator, a cast, a default, a domain's check, a view or a policy: PostgreSQL names it, no more is known. */
function findHidden({ catalogue, operations }: CheckContext, explained: ReadonlySet<string>): Draft[] {
  return operations.flatMap(({ failure, name }): Draft[] => {
    const match =
      failure?.sqlstate === '42501' ? /^permission denied for function (.+)$/.exec(failure.message) : null;
    const [, found] = match ?? [];
    if (found === undefined || explained.has(name)) return [];
    return [
      {
        code: 'PRV004',
        object: qualify(catalogue, { schema: undefined, name: found }),
        expected: `role ${catalogue.role} may execute it`,
        actual: 'it may not; an operator, a cast, a default, a check, a view or a policy calls it',
        operations: [name],
        explains: [name],
        sqlstate: '42501',
        hint: 'Grant the role EXECUTE on the function; where several have this name, with its arguments.',
        migration: `grant execute on function ${quote(found)} to ${quote(catalogue.role)};`,
      },
    ];
  });
}

function findCalled({ catalogue, operations }: CheckContext): Draft[] {
  return operations.flatMap(({ analysis, failure, name }) =>
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
}
