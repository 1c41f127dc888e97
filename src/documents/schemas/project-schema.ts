// JSON Schema of stk.yaml. Published as schemas/project.json; parse-project.ts checks with it.
import { autoSchema } from './auto-schema.ts';
import { canaryProperties } from './canary-schema.ts';
import type { DocumentSchema } from './document-schema.ts';
import { backportSchema, forgeSchema } from './forge-schema.ts';
import { gatesSchema } from './gate-schema.ts';
import type { GateKind } from '../project/gate-kind.ts';
import { idSyntax } from '../../kernel/ids.ts';
import { fileStoreSchema } from './files-schema.ts';
import { migrationsSchema } from './migrations-schema.ts';
import { notifySchema } from './notify-schema.ts';
import { pathProperties, pipelineProperties } from './pipeline-schema.ts';
import { servicesSchema } from './services-schema.ts';
import { triggersSchema } from './trigger-schema.ts';
import { smokeSchema } from './smoke-schema.ts';
import { durationSchema, roleSchema, textSchema, variableSchema } from './value-schemas.ts';

const size: DocumentSchema = {
  type: 'string',
  pattern: '^[0-9]{1,9}(B|KiB|MiB)$',
  description: 'a size such as 64KiB or 1MiB',
};
const identifier: DocumentSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 63,
  description: 'a PostgreSQL name of at most 63 characters',
};

const database: DocumentSchema = {
  type: 'object',
  description: 'the database: { embedded: true } or { urlFrom: NAME }',
  oneOf: [{ required: ['embedded'] }, { required: ['urlFrom'] }],
  properties: {
    embedded: { type: 'boolean', const: true, description: 'an embedded database that the Hub makes' },
    init: {
      type: 'array',
      maxItems: 1000,
      description: 'SQL files, run once when the Hub creates the embedded schema',
      items: {
        type: 'string',
        minLength: 1,
        maxLength: 512,
        description: 'the path of an SQL file, relative to the root of the repository',
      },
    },
    urlFrom: variableSchema,
    schema: { ...identifier, default: 'public' },
    role: identifier,
  },
  additionalProperties: false,
};

const accepted: DocumentSchema = {
  type: 'object',
  description: 'an accepted finding: { finding: CODE:object, reason: …, until: YYYY-MM-DD }',
  properties: {
    finding: {
      type: 'string',
      maxLength: 512,
      pattern: '^[A-Z]{3}[0-9]{3}:\\S.*$',
      description: 'CODE:object, such as COL004:public.customers.tier',
    },
    reason: { ...textSchema, description: 'why it is accepted' },
    until: { ...textSchema, description: 'the day after which it no longer applies, YYYY-MM-DD or RFC 3339' },
  },
  required: ['finding', 'reason', 'until'],
  additionalProperties: false,
};

const environmentSchema = (kinds: readonly GateKind[]): DocumentSchema => ({
  type: 'object',
  description: 'an environment with its database, or the canary of another one',
  properties: {
    database,
    compatibility: {
      type: 'string',
      enum: ['normal', 'strict'],
      default: 'normal',
      description: 'normal or strict',
    },
    onDrift: {
      type: 'string',
      enum: ['warn', 'refuse-writes'],
      default: 'warn',
      description: 'warn or refuse-writes',
    },
    accept: { type: 'array', maxItems: 1000, items: accepted, description: 'accepted findings' },
    migrationLock: {
      type: ['string', 'integer'],
      minLength: 1,
      maxLength: 512,
      description: 'the key of the advisory lock that the migration runner takes',
    },
    migrations: migrationsSchema,
    files: fileStoreSchema,
    smoke: { ...smokeSchema, description: 'smoke tests, run after those of the release' },
    onSmokeFailure: {
      type: 'string',
      enum: ['rollback', 'alert'],
      default: 'rollback',
      description: 'rollback or alert',
    },
    lastKnownGood: {
      type: 'object',
      description: 'which release counts as known to be good',
      properties: {
        for: { ...durationSchema, default: '10m', description: 'how long it was served healthily, such as 10m' },
        tags: {
          type: 'array',
          maxItems: 20,
          description: 'what its id, or a tag of the commit that added it, begins with: one of these',
          items: { type: 'string', minLength: 1, maxLength: 64, description: 'a beginning, such as ga-' },
        },
      },
      additionalProperties: false,
    },
    services: servicesSchema,
    ...pathProperties,
    gates: gatesSchema(kinds),
    ...canaryProperties,
    backport: backportSchema,
    auto: autoSchema,
    triggers: triggersSchema,
  },
  oneOf: [{ required: ['database'] }, { required: ['of'] }],
  additionalProperties: false,
});

const control: DocumentSchema = {
  type: 'object',
  description: 'who may use the control plane; nobody by default',
  properties: {
    read: { type: 'array', maxItems: 1000, items: roleSchema, description: 'roles that may read' },
    write: {
      type: 'array',
      maxItems: 1000,
      items: roleSchema,
      description: 'roles that may promote, roll back, approve and stop',
    },
    evidence: {
      type: 'array',
      maxItems: 1000,
      items: roleSchema,
      description: 'roles that may record checks, as CI does',
    },
  },
  additionalProperties: false,
};

const auth: DocumentSchema = {
  type: 'object',
  description: 'who may call; absent: open mode',
  properties: {
    jwt: {
      type: 'object',
      description: 'how tokens are verified: { secretFrom: NAME } or { jwksUrl: https://… }',
      oneOf: [{ required: ['secretFrom'] }, { required: ['jwksUrl'] }],
      properties: {
        secretFrom: variableSchema,
        jwksUrl: { ...textSchema, description: 'an https URL (http on loopback only)' },
      },
      additionalProperties: false,
    },
    issuer: { ...textSchema, description: 'the `iss` that every token must carry' },
    audience: { ...textSchema, description: 'the `aud` that every token must carry' },
    rolesClaim: { ...textSchema, maxLength: 128, default: 'roles', description: 'the claim with the roles' },
    control,
  },
  required: ['jwt', 'issuer', 'audience'],
  additionalProperties: false,
};

/** `kinds`: the known gate kinds. */
export const projectSchema = (kinds: readonly GateKind[]): DocumentSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'stk project (stk.yaml)',
  description: 'a project with its environments',
  type: 'object',
  properties: {
    project: {
      type: 'string',
      pattern: idSyntax,
      description: 'the name of the project: letters, digits, . _ -',
    },
    environments: {
      type: 'object',
      description: 'the environments by name, in promotion order',
      minProperties: 1,
      maxProperties: 10_000,
      propertyNames: {
        type: 'string',
        pattern: idSyntax,
        description: 'an environment name: letters, digits, . _ -, at most 64',
      },
      additionalProperties: environmentSchema(kinds),
    },
    limits: {
      type: 'object',
      description: 'limits of calls',
      properties: {
        rows: {
          type: 'integer',
          minimum: 1,
          maximum: 100_000,
          default: 1000,
          description: 'most rows of an answer',
        },
        statement: { ...durationSchema, default: '10s' },
        lock: { ...durationSchema, default: '2s' },
        body: { ...size, default: '1MiB' },
        pool: { type: 'integer', minimum: 1, maximum: 500, default: 10, description: 'most connections' },
      },
      additionalProperties: false,
    },
    auth,
    hub: { ...textSchema, description: 'the URL of the Hub that the CLI uses, such as http://127.0.0.1:8080' },
    webhook: {
      type: 'object',
      description: 'the webhook that starts a sync',
      properties: { secretFrom: variableSchema },
      required: ['secretFrom'],
      additionalProperties: false,
    },
    services: { ...servicesSchema, description: 'those of the only environment of the project' },
    notify: notifySchema,
    forge: forgeSchema,
    ...pipelineProperties,
  },
  required: ['project', 'environments'],
  additionalProperties: false,
});
