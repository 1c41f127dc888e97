// JSON Schema of environments/<name>.yaml. Published as schemas/pointer.json; parse-pointer.ts checks with it.
import type { DocumentSchema } from './document-schema.ts';
import { idSyntax } from '../../kernel/ids.ts';
import { reasonSchema, textSchema } from './value-schemas.ts';

const freezeName: DocumentSchema = { type: 'string', pattern: idSyntax, description: 'the name of a freeze' };

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
    hold: {
      type: 'object',
      description: 'automation makes no forward move here: { reason: … }',
      properties: { reason: reasonSchema },
      required: ['reason'],
      additionalProperties: false,
    },
    hotfix: {
      type: 'object',
      description: 'this move is a hotfix: { reason: …, approvers: [MAIL] }',
      properties: {
        reason: reasonSchema,
        approvers: {
          type: 'array',
          maxItems: 100,
          description: 'who is asked to approve',
          items: { ...textSchema, maxLength: 254, description: 'a mail address' },
        },
      },
      required: ['reason'],
      additionalProperties: false,
    },
    override: {
      type: 'object',
      description: 'this move passes a freeze: { freeze: NAME, reason: … }',
      properties: {
        freeze: {
          ...freezeName,
          type: ['string', 'array'],
          description: 'the name of a freeze, or a list of names',
          minItems: 1,
          maxItems: 100,
          items: freezeName,
        },
        reason: reasonSchema,
      },
      required: ['freeze', 'reason'],
      additionalProperties: false,
    },
  },
  required: ['release'],
  additionalProperties: false,
};
