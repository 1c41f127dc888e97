// What releases name in their contracts and their SQL: the objects to read from the catalogue.
import type { CatalogueRequest } from '../../database/catalogue/catalogue.ts';
import type { AskedName } from '../../model/qualified-name.ts';
import type { Release } from '../../model/release.ts';
import type { Statement } from '../../sql/statement.ts';
import { parseName } from './check-context.ts';
import { nameInSignature } from '../facts/signature.ts';

/** A release with its prepared statements, by operation. */
export interface PreparedRelease {
  readonly release: Release;
  readonly statements: ReadonlyMap<string, Statement>;
}

export function listNames(all: readonly PreparedRelease[]): CatalogueRequest {
  const schemas = all.map(({ release }) => release.schema);
  const analyses = all.flatMap(({ statements }) =>
    [...statements.values()].flatMap(({ analysis }) => analysis ?? []),
  );
  const baselines = all.flatMap(({ release }) => release.contract ?? []);
  return {
    relations: uniqueNames([
      ...schemas.flatMap(({ tables }) => [...tables.keys()].map(parseName)),
      ...baselines.flatMap(({ relations }) => [...relations.keys()].map(parseName)),
      ...analyses.flatMap(({ relations }) => relations),
      ...analyses.flatMap(({ sequences }) => sequences.map(({ schema, name }) => ({ schema, name }))),
    ]),
    enums: uniqueNames([
      ...schemas.flatMap(({ enums }) => [...enums.keys()].map(parseName)),
      ...baselines.flatMap(({ enums }) => [...enums.keys()].map(parseName)),
    ]),
    functions: uniqueNames([
      ...analyses.flatMap(({ functions }) => functions),
      ...all.flatMap(listAttributes),
      // Functions behind operators, casts and aggregates appear in no statement.
      ...baselines.flatMap(({ functions }) => [...functions.keys()].map(parseName)),
    ]),
    schemas: [...new Set(analyses.flatMap(({ schemas: named }) => named))].sort(),
    bodies: uniqueNames(baselines.flatMap(({ bodies }) => bodies.map(nameInSignature))),
  };
}

/** `row.name` and `(value).name` may call a function when the release declares no such column. */
function listAttributes({ release, statements }: PreparedRelease): AskedName[] {
  const declared = new Set([...release.schema.tables.values()].flatMap(({ columns }) => [...columns.keys()]));
  return [...statements.values()].flatMap(({ analysis }) =>
    (analysis?.attributes ?? []).flatMap(({ name, relation }) =>
      relation !== undefined && declared.has(name) ? [] : [{ schema: undefined, name }],
    ),
  );
}

function uniqueNames(names: readonly AskedName[]): AskedName[] {
  return [...new Map(names.map((name) => [`${name.schema ?? ''}\0${name.name}`, name])).values()];
}
