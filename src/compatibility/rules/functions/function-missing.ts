// FUN001: a function that a statement calls is not there, or not with so many arguments.
import { qualify, type Draft, type Rule } from '../../check/check-context.ts';
import { needsNewerServer } from '../../facts/newer-server.ts';
import { identifiersAt, mentions } from '../../check/sql-failures.ts';

export const findFunctionMissing: Rule = (context) => {
  const { catalogue, operations } = context;
  return operations.flatMap((checked): Draft[] => {
    const { failure, analysis, name } = checked;
    // 42809: a procedure stands in its place.
    const isMissing = failure?.sqlstate === '42883' || failure?.sqlstate === '42809';
    if (!isMissing || needsNewerServer(context, checked)) return [];
    // Without a place, as in a function's body, PostgreSQL's message has the name. An operator stands at its place.
    const called = identifiersAt(checked).at(-1);
    if (called === undefined && failure.position !== undefined) return [];
    const call = analysis?.functions.find(({ name: one }) =>
      called === undefined ? mentions(failure, one) : one === called,
    );
    if (call === undefined) return [];
    const candidates = catalogue.functions.filter((one) => one.name === call.name);
    const unusable = candidates.some(
      (one) => catalogue.schemas.find((schema) => schema.name === one.schema)?.usable === false,
    );
    if (unusable) return [];
    const [first] = candidates;
    const elsewhere = catalogue.elsewhere.filter(
      (one) => call.schema === undefined && one.name === call.name,
    );
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
        hint:
          elsewhere.length === 0
            ? 'Create the function again with these arguments; one that forwards to the new form will do.'
            : `It is in schema ${elsewhere.map(({ schema }) => schema).join(', ')}, which calls do not search. Move it or its extension back, or name the schema in a new release.`,
      },
    ];
  });
};
