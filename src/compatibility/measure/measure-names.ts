// Measures where the search_path finds the names that a release gives without a schema.
import type { Catalogue } from '../../model/catalogue.ts';
import type { CheckContext } from '../check/check-context.ts';
import { toSchemaMark } from '../facts/relative-names.ts';
import { sorted } from '../facts/sorted.ts';

/** By unqualified name: the schemas of the search_path that have it, `f()` for functions. */
export function measureNames(context: CheckContext): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const { analysis } of context.operations) {
    for (const { schema, name } of analysis?.relations ?? [])
      if (schema === undefined) names.set(name, findRelationSchemas(context.catalogue, name));
    for (const { schema, name } of analysis?.functions ?? [])
      if (schema === undefined) names.set(`${name}()`, findFunctionSchemas(context.catalogue, name));
  }
  return sorted([...names].filter(([, schemas]) => schemas.length > 0));
}

/** Schemas of the search_path that have a relation of this name, the one that PostgreSQL takes first. */
export function findRelationSchemas(catalogue: Catalogue, name: string): string[] {
  return orderSchemas(
    catalogue,
    catalogue.relations.filter((one) => one.name === name),
  );
}

export function findFunctionSchemas(catalogue: Catalogue, name: string): string[] {
  return orderSchemas(
    catalogue,
    catalogue.functions.filter((one) => one.name === name),
  );
}

function orderSchemas(catalogue: Catalogue, found: readonly { readonly schema: string }[]): string[] {
  return catalogue.schemas
    .filter(({ name, rank, usable }) => rank >= 0 && usable && found.some(({ schema }) => schema === name))
    .sort((a, b) => a.rank - b.rank)
    .map(({ name }) => toSchemaMark(catalogue, name));
}
