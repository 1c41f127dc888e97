// Measures the functions with the names that a release calls, for the baseline and for comparing with it.
import type { Catalogue } from '../../model/catalogue.ts';
import type { FunctionState } from '../../model/function-state.ts';
import type { FunctionBaseline } from '../../model/contract.ts';
import { digestFunction } from '../facts/definitions.ts';
import { toRelativeName, toRelativeType } from '../facts/relative-names.ts';
import { compare, sorted } from '../facts/sorted.ts';

export function measureFunctions(catalogue: Catalogue): Map<string, readonly FunctionBaseline[]> {
  const byFunction = new Map<string, FunctionBaseline[]>();
  for (const one of catalogue.functions) {
    if (one.schema === 'pg_catalog') continue;
    const name = toRelativeName(catalogue, one);
    byFunction.set(name, [...(byFunction.get(name) ?? []), measureFunction(catalogue, one)]);
  }
  return sorted(
    [...byFunction].map(([name, list]) => [
      name,
      list.sort((a, b) => compare(a.arguments.join(), b.arguments.join())),
    ]),
  );
}

export function measureFunction(catalogue: Catalogue, one: FunctionState): FunctionBaseline {
  return {
    arguments: one.argumentTypes.map((type) => toRelativeType(catalogue, type)),
    defaults: one.defaults,
    result: one.result,
    outputs: one.result.startsWith('TABLE(')
      ? []
      : one.outputs.map(({ name, type }) => ({
          name,
          type: toRelativeType(catalogue, type),
          typmod: undefined,
        })),
    body: digestFunction(one),
  };
}
