// Writes schemas/*.json from the schemas that the parsers use. Run after `npm run build`; a test compares the two.
import { writeFileSync } from 'node:fs';
import { contractSchema } from '../dist/documents/schemas/contract-schema.js';
import { pointerSchema } from '../dist/documents/schemas/pointer-schema.js';
import { projectSchema } from '../dist/documents/schemas/project-schema.js';
import { recordSchema } from '../dist/documents/schemas/record-schema.js';
import { releaseSchema } from '../dist/documents/schemas/release-schema.js';
import { releaseSourceSchema } from '../dist/documents/schemas/release-source-schema.js';
import { freezeSchema, vetoSchema } from '../dist/documents/schemas/stop-schemas.js';
import { gateKinds } from '../dist/gates/gate-kinds.js';

const schemas = {
  contract: contractSchema,
  freeze: freezeSchema,
  pointer: pointerSchema,
  project: projectSchema(gateKinds),
  record: recordSchema,
  release: releaseSchema,
  'release-source': releaseSourceSchema,
  veto: vetoSchema,
};
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(new URL(`../schemas/${name}.json`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
