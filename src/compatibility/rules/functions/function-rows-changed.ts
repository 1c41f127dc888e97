// FUN007: RETURN QUERY of a PL/pgSQL function does not return what the function declares: `select *` of a table with
// other columns now, or `returns setof` such a table. PostgreSQL compares them only at run time.
import type { FunctionOutput, FunctionState } from '../../../model/function-state.ts';
import { listCalled } from '../../bodies/called-bodies.ts';
import {
  nameOf,
  type CheckContext,
  type CheckedBody,
  type Draft,
  type GivenRows,
  type Rule,
} from '../../check/check-context.ts';

export const findFunctionRowsChanged: Rule = (context) =>
  listCalled(context).flatMap(({ called, sure, possible }): Draft[] => {
    const promised = findState(context, called);
    // A function that returns plain values has no columns.
    if (promised === undefined || promised.outputs.length === 0) return [];
    return called.given.flatMap((rows): Draft[] => {
      const isShort = rows.fields.length !== promised.outputs.length;
      if (!isShort && !(rows.isExact && hasOtherTypes(promised.outputs, rows))) return [];
      const isSure = isShort && rows.isSure;
      const doubtful = isSure ? possible : [...sure, ...possible];
      const draft = toDraft(called, promised, rows);
      return [
        ...(isSure && sure.length > 0 ? [{ ...draft, operations: sure }] : []),
        ...(doubtful.length > 0 ? [{ ...draft, severity: 'warn' as const, operations: doubtful }] : []),
      ];
    });
  });

function findState({ catalogue }: CheckContext, { body }: CheckedBody): FunctionState | undefined {
  const spell = (types: readonly { readonly schema: string; readonly name: string }[]): string =>
    types.map((type) => nameOf(type)).join();
  return catalogue.functions.find(
    (one) =>
      one.schema === body.schema &&
      one.name === body.name &&
      spell(one.argumentTypes) === spell(body.argumentTypes),
  );
}

function hasOtherTypes(outputs: readonly FunctionOutput[], { fields }: GivenRows): boolean {
  return outputs.some(({ type }, i) => {
    const given = fields[i]?.type;
    return given === undefined || bareName(given.name) !== bareName(type.name);
  });
}

/** PostgreSQL spells an array of a user-defined type with the schema in one place, and without in another. */
function bareName(name: string): string {
  return name.replace(/^.*\./, '').replaceAll('"', '');
}

function toDraft(
  { body }: CheckedBody,
  { outputs }: FunctionState,
  { fields }: GivenRows,
): Omit<Draft, 'operations'> {
  const types = body.argumentTypes.map(({ name }) => name).join(', ');
  return {
    code: 'FUN007',
    object: `${nameOf(body)}(${types})`,
    expected: `RETURN QUERY gives ${outputs.map(({ name, type }) => `${name} ${type.name}`).join(', ')}`,
    actual: `it gives ${fields.map(({ name, type }) => `${name} ${type.name}`).join(', ')}`,
    sqlstate: '42804',
    hint: 'Name the columns that the function returns in its RETURN QUERY.',
  };
}
