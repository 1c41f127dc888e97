// JSON Schema of a list of smoke tests, in a release and in stk.yaml.
import type { DocumentSchema } from './document-schema.ts';
import { idSyntax, operationSyntax } from '../../kernel/ids.ts';
import { durationSchema, roleSchema, variableSchema } from './value-schemas.ts';

/** Tests of one list. */
export const mostSmokeTests = 50;

const headerName: DocumentSchema = {
  type: 'string',
  maxLength: 128,
  pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
  description: 'the name of a header',
};
const jsonSchema: DocumentSchema = {
  type: ['object', 'boolean'],
  description: 'a JSON Schema (2020-12) of the answer',
};

const smokeTest: DocumentSchema = {
  type: 'object',
  description: 'a smoke test: { name: …, call: operation, role: … } or { name: …, http: https://… }',
  oneOf: [{ required: ['call'] }, { required: ['http'] }],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200, description: 'what the test shows, for people' },
    call: { type: 'string', maxLength: 256, pattern: operationSyntax, description: 'an operation' },
    role: { ...roleSchema, description: 'the role that calls' },
    input: { description: 'the input of the call' },
    http: { type: 'string', minLength: 1, maxLength: 2048, description: 'a URL (http or https)' },
    method: {
      type: 'string',
      enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      default: 'GET',
      description: 'the HTTP method',
    },
    headers: {
      type: 'object',
      maxProperties: 50,
      propertyNames: headerName,
      additionalProperties: { type: 'string', maxLength: 4096, description: 'the value of a header' },
      description: 'headers by name',
    },
    headersFrom: {
      type: 'object',
      maxProperties: 50,
      propertyNames: headerName,
      additionalProperties: variableSchema,
      description: 'headers whose values are in environment variables: header → variable',
    },
    body: { description: 'the body: a text is sent unchanged, anything else as JSON' },
    expect: {
      type: 'object',
      description: 'what the answer must be',
      properties: {
        code: { type: 'string', maxLength: 64, description: 'the code of a refusal, such as forbidden' },
        result: { description: 'a part of the result' },
        status: { type: 'integer', minimum: 100, maximum: 599, description: 'an HTTP status' },
        body: { description: 'a part of the body' },
        schema: jsonSchema,
      },
      additionalProperties: false,
    },
    save: {
      type: 'object',
      maxProperties: 20,
      propertyNames: { type: 'string', pattern: idSyntax, description: 'a name' },
      additionalProperties: {
        type: 'string',
        maxLength: 512,
        pattern: '^(/.*)?$',
        description: 'a JSON pointer into the answer, such as /id',
      },
      description: 'values of the answer that later tests use as {name}',
    },
    within: { ...durationSchema, default: '10s' },
  },
  required: ['name'],
  additionalProperties: false,
};

export const smokeSchema: DocumentSchema = {
  type: 'array',
  maxItems: mostSmokeTests,
  items: smokeTest,
  description: 'smoke tests, in the order in which they run',
};
