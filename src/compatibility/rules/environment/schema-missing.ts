// ENV007: the environment's schema in stk.yaml does not exist. Other findings about its content would add nothing.
import type { Draft, Rule } from '../../check/check-context.ts';

export const findSchemaMissing: Rule = ({ engine, catalogue, operations }) => {
  const [missing] = engine === 'pglite' ? [] : catalogue.missingSchemas;
  if (missing === undefined) return [];
  const names = operations.filter(({ failure }) => failure !== undefined).map(({ name }) => name);
  const draft: Draft = {
    code: 'ENV007',
    object: missing,
    expected: `a schema ${missing}, as stk.yaml names it for this environment`,
    actual: 'missing in the database',
    operations: names,
    explains: names,
    sqlstate: '3F000',
    hint: 'Correct `schema` of the environment in stk.yaml, or run the migrations that create the schema.',
  };
  return [draft];
};
