// JSON Schemas for the keys about files.
import type { DocumentSchema } from './document-schema.ts';
import { textSchema } from './value-schemas.ts';

export const fileStoreSchema: DocumentSchema = {
  type: 'object',
  description: 'the files that the application keeps there: { root: /srv/app/data }',
  properties: { root: { ...textSchema, description: 'an absolute path on the machine of the Hub' } },
  required: ['root'],
  additionalProperties: false,
};

export const fileNeedsSchema: DocumentSchema = {
  type: 'array',
  maxItems: 50,
  description: 'the files that the release reads',
  items: {
    type: 'object',
    description: 'files: { glob: "agents/*.json", schema: { … } }',
    properties: {
      glob: {
        type: 'string',
        maxLength: 256,
        pattern: '^(?!/)(?!.*(^|/)\\.\\.?(/|$))[^\\\\]+$',
        description: 'names relative to the root: * within a name, ** for any folders',
      },
      schema: { type: ['object', 'boolean'], description: 'a JSON Schema (2020-12) of each file' },
      required: { type: 'boolean', default: false, description: 'whether at least one must exist' },
    },
    required: ['glob'],
    additionalProperties: false,
  },
};
