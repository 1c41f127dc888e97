// JSON Schema of `services` in stk.yaml: programs whose version `stk release verify` compares.
import { idSyntax } from '../../kernel/ids.ts';
import type { DocumentSchema } from './document-schema.ts';

const header: DocumentSchema = {
  type: 'string',
  maxLength: 128,
  pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
  description: 'the name of a header',
};

export const servicesSchema: DocumentSchema = {
  type: 'object',
  description: 'programs that should run the same release: name → { url: …, version: /version } or { command: […] }',
  maxProperties: 100,
  propertyNames: { type: 'string', pattern: idSyntax, description: 'the name of a service' },
  additionalProperties: {
    type: 'object',
    description: 'a service: { url: https://…, version: /version } or { command: [program, argument] }',
    oneOf: [{ required: ['url'] }, { required: ['command'] }],
    properties: {
      url: { type: 'string', minLength: 1, maxLength: 2048, description: 'a URL (http or https)' },
      version: {
        type: ['string', 'object'],
        maxLength: 512,
        pattern: "^(/.*|header: *[A-Za-z0-9!#$%&'*+.^_`|~-]+)$",
        description: 'where the answer tells the version: a JSON pointer such as /version, or { header: X-Version }',
        default: '/version',
        properties: { header },
        required: ['header'],
        additionalProperties: false,
      },
      command: {
        type: 'array',
        minItems: 1,
        maxItems: 100,
        description: 'a program and its arguments that print the version; only run with --run-commands',
        items: { type: 'string', maxLength: 4096, description: 'the program or an argument' },
      },
      expect: {
        type: 'string',
        enum: ['release', 'ref'],
        default: 'release',
        description: 'release: the id of the release; ref: its ref, a commit in its short form too',
      },
    },
    additionalProperties: false,
  },
};
