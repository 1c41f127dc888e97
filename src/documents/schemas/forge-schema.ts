// JSON Schema of `forge` in stk.yaml: where pull requests are opened, and of the environments' key `backport`.
import type { DocumentSchema } from './document-schema.ts';
import { forgeKinds } from '../../model/pipeline/forge.ts';
import { environmentNameSchema, textSchema, variableSchema } from './value-schemas.ts';

export const forgeSchema: DocumentSchema = {
  type: 'object',
  description: 'where pull requests are opened: { kind: github, project: org/shop, tokenFrom: FORGE_TOKEN }',
  properties: {
    kind: { type: 'string', enum: forgeKinds, description: 'github or gitlab' },
    url: {
      ...textSchema,
      description: 'the https URL of its API; https://api.github.com or https://gitlab.com/api/v4 by default',
    },
    project: {
      type: 'string',
      maxLength: 255,
      pattern: '^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$',
      description: 'the path of the config repo there, such as org/shop',
    },
    tokenFrom: variableSchema,
  },
  required: ['kind', 'project', 'tokenFrom'],
  additionalProperties: false,
};

export const backportSchema: DocumentSchema = {
  type: 'array',
  minItems: 1,
  maxItems: 20,
  description: 'environments to which each release that enters this one is proposed',
  items: environmentNameSchema,
};
