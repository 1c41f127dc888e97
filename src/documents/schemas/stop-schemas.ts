// JSON Schemas of what stops promotions: freezes/<name>.yaml and vetoes/<release>.yaml. Published as
// schemas/freeze.json and schemas/veto.json; parse-stops.ts uses them.
import type { DocumentSchema } from './document-schema.ts';
import { idSyntax } from '../../kernel/ids.ts';
import { environmentNameSchema, reasonSchema, textSchema } from './value-schemas.ts';

const time: DocumentSchema = { ...textSchema, maxLength: 64 };

export const freezeSchema: DocumentSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'stk freeze (freezes/<name>.yaml)',
  description: 'a freeze: no release moves forward while it is in force',
  type: 'object',
  properties: {
    freeze: { type: 'string', pattern: idSyntax, description: 'the name of the freeze, equal to the file name' },
    environments: {
      type: 'array',
      minItems: 1,
      maxItems: 10_000,
      description: 'the environments that it stops; absent: all of them',
      items: environmentNameSchema,
    },
    reason: reasonSchema,
    from: { ...time, description: 'when it begins, YYYY-MM-DD or RFC 3339; absent: at once' },
    until: { ...time, description: 'when it ends, YYYY-MM-DD (the whole day) or RFC 3339; absent: never' },
    allow: {
      type: 'array',
      maxItems: 1,
      description: 'what passes it: [hotfix]',
      items: { type: 'string', enum: ['hotfix'], description: 'hotfix' },
    },
  },
  required: ['freeze', 'reason'],
  additionalProperties: false,
};

export const vetoSchema: DocumentSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'stk veto (vetoes/<release>.yaml)',
  description: 'a veto: this release is never promoted, rolled back to or chosen',
  type: 'object',
  properties: {
    veto: { type: 'string', pattern: idSyntax, description: 'the id of the release, equal to the file name' },
    reason: reasonSchema,
  },
  required: ['veto', 'reason'],
  additionalProperties: false,
};
