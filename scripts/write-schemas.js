// Writes schemas/*.json from the schemas that the parsers use. Run after `npm run build`; a test compares the two.
import { writeFileSync } from 'node:fs';
import { publishedSchemas } from '../dist/cli/repo/published-schemas.js';

for (const [path, text] of publishedSchemas()) writeFileSync(new URL(`../${path}`, import.meta.url), text);
