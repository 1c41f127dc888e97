// The part of stk.yaml's schema for triggers: what is watched in an environment, and what the Hub does then.
import { triggerActions } from '../../model/pipeline/trigger.ts';
import type { DocumentSchema } from './document-schema.ts';
import { idSyntax, permissionSyntax } from '../../kernel/ids.ts';
import { durationSchema, textSchema } from './value-schemas.ts';

const query: DocumentSchema = { type: 'string', pattern: '\\S', maxLength: 4096 };

/** What a trigger can watch: the key that selects it, and the schema of its value. */
const triggerKinds = {
  unhealthyFor: { ...durationSchema, description: 'how long the release may be unhealthy, such as 5m' },
  smoke: { type: 'boolean', const: true, description: 'true: the smoke tests are run repeatedly' },
  errors: {
    type: 'object',
    description: 'failed calls, compared with before: { operations: ["orders.*"], increase: 1pp }',
    properties: {
      operations: {
        type: 'array',
        minItems: 1,
        maxItems: 100,
        description: 'operations; absent: all of them',
        items: {
          type: 'string',
          maxLength: 512,
          pattern: permissionSyntax,
          description: 'an operation, orders.* or *',
        },
      },
      increase: {
        type: 'string',
        pattern: '^[0-9]{1,3}(\\.[0-9]{1,6})?pp$',
        default: '1pp',
        description: 'percentage points such as 1pp or 0.5pp',
      },
    },
    additionalProperties: false,
  },
  integrity: {
    type: 'object',
    description: 'a question to the database: { sql: "select count(*) from …", expect: 0, every: 5m }',
    properties: {
      sql: { ...query, description: 'one SELECT that gives one value' },
      expect: { type: ['string', 'number', 'boolean', 'null'], description: 'the value that it should give' },
      every: { ...durationSchema, default: '5m' },
    },
    required: ['sql', 'expect'],
    additionalProperties: false,
  },
  files: { type: 'boolean', const: true, description: 'true: the files of the environment are checked' },
  prometheus: {
    type: 'object',
    description: 'a value of Prometheus: { url: …, query: …, above: 0.01, for: 5m }',
    properties: {
      url: { ...textSchema, description: 'the URL of a Prometheus server' },
      query: { ...query, description: 'a PromQL query' },
      above: { type: 'number', description: 'the largest value that is allowed' },
      for: { ...durationSchema, default: '5m' },
    },
    required: ['url', 'query', 'above'],
    additionalProperties: false,
  },
} as const satisfies Readonly<Record<string, DocumentSchema>>;

/** The key of one environment. */
export const triggersSchema: DocumentSchema = {
  type: 'object',
  description: 'what is watched, by name: { down: { unhealthyFor: 5m, do: rollback } }',
  minProperties: 1,
  maxProperties: 20,
  propertyNames: { type: 'string', pattern: idSyntax, description: 'the name of a trigger' },
  additionalProperties: {
    type: 'object',
    description: 'a trigger of one kind, such as { unhealthyFor: 5m, do: rollback }',
    oneOf: Object.keys(triggerKinds).map((kind) => ({ required: [kind] })),
    properties: {
      ...triggerKinds,
      every: { ...durationSchema, description: 'how often smoke tests or files are checked' },
      failingFor: { ...durationSchema, description: 'how long the smoke tests may fail, such as 5m' },
      do: {
        type: 'string',
        enum: [...triggerActions],
        default: 'alert',
        description: 'rollback, freeze or alert',
      },
      within: {
        ...durationSchema,
        default: '2h',
        description: 'how long after an activation it may roll back, such as 2h',
      },
    },
    additionalProperties: false,
  },
};
