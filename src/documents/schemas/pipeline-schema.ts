// The part of stk.yaml's schema for people, hotfixes, freezes, records, trust. Gates are in gate-schema.ts.
import type { DocumentSchema } from './document-schema.ts';
import { idSyntax } from '../../kernel/ids.ts';
import { durationSchema, environmentNameSchema, roleSchema, textSchema, variableSchema } from './value-schemas.ts';

const address: DocumentSchema = {
  ...textSchema,
  maxLength: 254,
  description: 'a mail address or the subject of a token',
};
const repositoryPath: DocumentSchema = { ...textSchema, description: 'a path in the repository' };
const roles: DocumentSchema = { type: 'array', maxItems: 100, items: roleSchema };
const signatures: DocumentSchema = {
  type: 'string',
  enum: ['none', 'required'],
  default: 'none',
  description: 'none or required',
};
const hubUrl: DocumentSchema = { ...textSchema, description: 'the URL of a Hub' };

export const pipelineProperties: Readonly<Record<string, DocumentSchema>> = {
  people: {
    type: 'object',
    description: 'who has which role of governance: role → addresses; a list inside is one person',
    maxProperties: 100,
    propertyNames: { type: 'string', pattern: idSyntax, description: 'a role' },
    additionalProperties: {
      type: 'array',
      description: 'the people of this role',
      maxItems: 1000,
      items: {
        ...address,
        type: ['string', 'array'],
        description: 'an address, or a list with all addresses of one person',
        minItems: 1,
        maxItems: 20,
        items: address,
      },
    },
  },
  hotfix: {
    type: 'object',
    description: 'what a hotfix needs',
    properties: {
      approvals: {
        type: 'object',
        description: 'who approves a hotfix: { role: release-approver, count: 2 }',
        properties: {
          role: { ...roleSchema, default: 'release-approver' },
          count: { type: 'integer', minimum: 1, maximum: 100, default: 2, description: 'how many people' },
        },
        additionalProperties: false,
      },
      closeWithin: { ...durationSchema, default: '24h' },
      keep: {
        type: 'array',
        maxItems: 50,
        description: 'gate kinds that a hotfix needs as well, such as [window]',
        items: { type: 'string', minLength: 1, maxLength: 64, description: 'a gate kind' },
      },
    },
    additionalProperties: false,
  },
  freeze: {
    type: 'object',
    description: 'who may override a freeze, and what it stops at the forge',
    properties: {
      override: { ...roles, description: 'roles that may override a freeze' },
      blockPullRequests: {
        type: 'boolean',
        default: false,
        description: 'whether a freeze of all environments fails the check stk/freeze of every pull request',
      },
    },
    additionalProperties: false,
  },
  records: {
    type: 'object',
    description: 'the branch of records, and whose checks count',
    properties: {
      branch: {
        type: 'string',
        maxLength: 128,
        pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*([./][A-Za-z0-9_-]+)*$',
        default: 'stk-records',
        description: 'the name of a branch',
      },
      writers: { ...roles, description: 'roles whose checks, evaluations and backups count' },
      since: {
        type: 'string',
        pattern: '^[0-9a-f]{7,64}$',
        description: 'the commit of the records branch at which verification starts',
      },
    },
    additionalProperties: false,
  },
  trust: {
    type: 'object',
    description: 'whose signatures count',
    properties: {
      signatures,
      allowedSigners: { ...repositoryPath, default: 'trust/allowed_signers' },
      gpgKeys: { ...repositoryPath, default: 'trust/gpg' },
      hub: { type: 'array', minItems: 1, maxItems: 20, items: address, description: 'identities of the Hub' },
      forge: { type: 'array', maxItems: 20, items: address, description: 'identities that sign merges' },
    },
    additionalProperties: false,
  },
};

/** Keys of one environment, without `gates`. */
export const pathProperties: Readonly<Record<string, DocumentSchema>> = {
  from: {
    ...environmentNameSchema,
    type: ['string', 'array'],
    description: 'where a release must have been served: an environment, or a list of which any will do',
    minItems: 1,
    maxItems: 100,
    items: environmentNameSchema,
  },
  hub: {
    ...hubUrl,
    type: ['string', 'object'],
    description: 'the Hub that serves this environment: a URL, or { url: …, tokenFrom: NAME }',
    properties: { url: hubUrl, tokenFrom: variableSchema },
    required: ['url'],
    additionalProperties: false,
  },
  hubs: { type: 'array', maxItems: 100, items: hubUrl, description: 'the URLs of all replicas of the Hub' },
  trust: {
    type: ['string', 'object'],
    pattern: '^(none|required)$',
    description: 'none, required, or { signatures: … }',
    properties: { signatures },
    additionalProperties: false,
  },
};
