// JSON Schema of `notify` in stk.yaml: who is notified of what.
import type { DocumentSchema } from './document-schema.ts';
import { notifyForms, notifyWords } from '../../model/pipeline/notify.ts';
import { environmentNameSchema, variableSchema } from './value-schemas.ts';

export const notifySchema: DocumentSchema = {
  type: 'array',
  maxItems: 50,
  description: 'who is notified of what: [{ urlFrom: SLACK_URL, as: slack, on: [rolled-back, incident] }]',
  items: {
    type: 'object',
    description: 'a target: { urlFrom: SLACK_URL, as: slack, on: [rolled-back, incident] }',
    properties: {
      urlFrom: variableSchema,
      as: { type: 'string', enum: notifyForms, description: 'the form of the messages' },
      on: {
        type: 'array',
        minItems: 1,
        maxItems: 50,
        description: 'the events that it gets; all events when this is absent',
        items: { type: 'string', enum: notifyWords, description: 'what a message is about' },
      },
      environments: {
        type: 'array',
        minItems: 1,
        maxItems: 1000,
        description: 'the environments that it gets events of; all when this is absent',
        items: environmentNameSchema,
      },
    },
    required: ['urlFrom', 'as'],
    additionalProperties: false,
  },
};
