// Writes schemas/*.json from the schemas that the parsers use. Run after `npm run build`; a test compares the two.
import { writeFileSync } from 'node:fs';
import { contractSchema } from '../dist/documents/schemas/contract-schema.js';
import { pointerSchema } from '../dist/documents/schemas/pointer-schema.js';
import { projectSchema } from '../dist/documents/schemas/project-schema.js';
import { recordSchema } from '../dist/documents/schemas/record-schema.js';
import { releaseSchema } from '../dist/documents/schemas/release-schema.js';
import { releaseSourceSchema } from '../dist/documents/schemas/release-source-schema.js';

const schemas = {
  contract: contractSchema,
  pointer: pointerSchema,
  project: projectSchema,
  record: recordSchema,
  release: releaseSchema,
  'release-source': releaseSourceSchema,
};
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(new URL(`../schemas/${name}.json`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
