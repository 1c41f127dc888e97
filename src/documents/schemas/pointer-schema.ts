// JSON Schema of environments/<name>.yaml. Published as schemas/pointer.json; parse-pointer.ts checks with it.
import type { DocumentSchema } from './document-schema.ts';
import { idSyntax } from '../../kernel/ids.ts';

export const pointerSchema: DocumentSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'stk pointer (environments/<name>.yaml)',
  description: 'a pointer: the release that the environment should serve',
  type: 'object',
  properties: {
    release: {
      type: 'string',
      pattern: idSyntax,
      description: 'a release id: letters, digits, . _ -, at most 64, starting with a letter or digit',
    },
  },
  required: ['release'],
  additionalProperties: false,
};
