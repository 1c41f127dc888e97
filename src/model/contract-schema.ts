// JSON Schema of a release's `contract:`, which `stk release cut` measures. Published as schemas/contract.json.
import type { DocumentSchema } from './document-schema.ts';

export const contractSchema: DocumentSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'stk contract (the `contract:` of a release)',
  description: 'what `stk release cut` measured of the database, the baseline that rules compare with',
  type: 'object',
};
