// The JSON Schemas of the documents by name, for editors (`schemas/`). The parsers use the same ones.
import { contractSchema } from '../../documents/schemas/contract-schema.ts';
import { waiverSchema } from '../../documents/schemas/migrations-schema.ts';
import { pointerSchema } from '../../documents/schemas/pointer-schema.ts';
import { projectSchema } from '../../documents/schemas/project-schema.ts';
import { recordSchema } from '../../documents/schemas/record-schema.ts';
import { releaseSchema } from '../../documents/schemas/release-schema.ts';
import { releaseSourceSchema } from '../../documents/schemas/release-source-schema.ts';
import { freezeSchema, vetoSchema } from '../../documents/schemas/stop-schemas.ts';
import { gateKinds } from '../../gates/gate-kinds.ts';

/** Path in a config repo → text. */
export function publishedSchemas(): ReadonlyMap<string, string> {
  const schemas = {
    contract: contractSchema,
    freeze: freezeSchema,
    pointer: pointerSchema,
    project: projectSchema(gateKinds),
    record: recordSchema,
    release: releaseSchema,
    'release-source': releaseSourceSchema,
    veto: vetoSchema,
    waiver: waiverSchema,
  };
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [
      `schemas/${name}.json`,
      `${JSON.stringify(schema, undefined, 2)}\n`,
    ]),
  );
}
