// Draws operations over a random schema, and gives the release that has them.
import fc from 'fast-check';
import { inserts } from './random-inserts.ts';
import { queries } from './random-queries.ts';
import type { RandomSchema } from './random-schema.ts';
import { Inputs, type RandomOperation } from './random-statement.ts';
import { pick } from './random-types.ts';

const number = fc.noBias(fc.nat(999));
const recipe = fc.record({
  isInsert: fc.boolean(),
  kind: number,
  table: number,
  other: number,
  given: fc.noBias(fc.nat(255)),
});
export const operationRecipes = fc.array(recipe, { minLength: 1, maxLength: 6 });
type OperationRecipe = typeof recipe extends fc.Arbitrary<infer T> ? T : never;

export function buildOperations(
  recipes: readonly OperationRecipe[],
  schema: RandomSchema,
): readonly RandomOperation[] {
  return recipes.map(({ isInsert, kind, table, other, given }, index): RandomOperation => {
    const inputs = new Inputs();
    const draw = { table: pick(schema.tables, table), schema, other, given, inputs };
    const statement = pick(isInsert ? inserts : queries, kind)(draw);
    const mode = /^(select|with a )/.test(statement.sql) ? 'read' : 'write';
    return { ...statement, name: `op${index}`, mode, inputs: inputs.all };
  });
}

/** The `operations:` of a release document. */
export function presentOperations(operations: readonly RandomOperation[]): object {
  return Object.fromEntries(
    operations.map(({ name, sql, mode, inputs }) => [
      name,
      {
        sql,
        mode,
        returns: 'many',
        input: {
          type: 'object',
          properties: Object.fromEntries(inputs.map((input) => [input.name, { type: 'string' }])),
          required: inputs.filter(({ isOptional }) => !isOptional).map((input) => input.name),
          additionalProperties: false,
        },
      },
    ]),
  );
}
