// FUN001: a function that a statement calls is missing, or missing with this number of arguments.
import { qualify, type Draft, type Rule } from '../../check/check-context.ts';
import { needsNewerServer } from '../../facts/newer-server.ts';
import { identifiersAt, mentions } from '../../check/sql-failures.ts';

export const findFunctionMissing: Rule = (context) => {
  const { catalogue, operations } = context;
  return operations.flatMap((checked): Draft[] => {
    const { failure, analysis, name } = checked;
    // 42809: a procedure has its name.
    const isMissing = failure?.sqlstate === '42883' || failure?.sqlstate === '42809';
    if (!isMissing || needsNewerServer(context, checked)) return [];
    // Without a position, as in a function's body, the name is in PostgreSQL's message. An operator is found at its
    // position.
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
            .join(', ') || 'missing',
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
