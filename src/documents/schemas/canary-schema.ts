// The part of stk.yaml's schema for canaries: of which environment, its share of calls, and its analysis. Also how a
// promoted release is watched (`bake`).
import type { DocumentSchema } from './document-schema.ts';
import { idSyntax } from '../../kernel/ids.ts';
import { durationSchema, environmentNameSchema, roleSchema, textSchema } from './value-schemas.ts';

const weight: DocumentSchema = {
  type: 'number',
  minimum: 0,
  maximum: 50,
  description: 'per cent of the calls, 0 to 50',
};
const points: DocumentSchema = {
  type: 'string',
  pattern: '^[0-9]{1,3}(\\.[0-9]{1,6})?pp$',
  default: '1pp',
  description: 'percentage points such as 1pp or 0.5pp',
};
const percent: DocumentSchema = {
  type: 'string',
  pattern: '^[0-9]{1,3}(\\.[0-9]{1,6})?%$',
  description: 'per cent such as 10% or 99.9%',
};
const rate = (description: string): DocumentSchema => ({
  type: 'object',
  description,
  properties: { increase: points },
  additionalProperties: false,
});

/** What an analysis gate can measure: the key that selects it, and the schema of its value. */
export const analysisGateKinds = {
  errorRate: rate('the share of failed calls: { increase: 1pp }'),
  refusalRate: rate('the share of refused calls: { increase: 1pp }'),
  latency: {
    type: 'object',
    description: 'the duration of calls: { quantile: 0.99, increase: 10% }',
    properties: {
      quantile: { type: 'number', minimum: 0.5, maximum: 0.999, default: 0.99, description: 'a quantile' },
      increase: { ...percent, default: '10%' },
    },
    additionalProperties: false,
  },
  availability: {
    type: 'object',
    description: 'the share of calls that do not fail: { atLeast: 99.9% }',
    properties: { atLeast: { ...percent, default: '99.9%' } },
    additionalProperties: false,
  },
  unhealthyFor: { ...durationSchema, description: 'how long probes may fail, such as 5m' },
  prometheus: {
    type: 'object',
    description: 'a value of each release: { query: …, compare: stable, increase: 2% }',
    properties: {
      query: { type: 'string', pattern: '\\S', maxLength: 4096, description: 'a PromQL query' },
      compare: { type: 'string', enum: ['stable'], default: 'stable', description: 'stable' },
      increase: { ...percent, description: 'per cent by which the value may be above that of stable, such as 2%' },
    },
    required: ['query', 'increase'],
    additionalProperties: false,
  },
} as const satisfies Readonly<Record<string, DocumentSchema>>;

const onBreach: DocumentSchema = {
  type: 'string',
  enum: ['rollback', 'pause', 'alert'],
  description: 'rollback, pause or alert',
};

const analysis: DocumentSchema = {
  type: 'object',
  description: 'what a canary must show before it passes; {} for the defaults',
  properties: {
    minimum: { ...durationSchema, default: '30m' },
    maximum: { ...durationSchema, default: '2h' },
    warmUp: {
      type: 'object',
      description: 'what both releases must have had before their calls count: { time: 60s, requests: 100 }',
      properties: {
        time: { ...durationSchema, default: '60s' },
        requests: {
          type: 'integer',
          minimum: 0,
          maximum: 1_000_000,
          default: 100,
          description: 'a number of calls',
        },
      },
      additionalProperties: false,
    },
    gates: {
      type: 'object',
      description: 'what is compared: name of the gate → its kind with settings',
      minProperties: 1,
      maxProperties: 50,
      propertyNames: { type: 'string', pattern: idSyntax, description: 'the name of a gate' },
      additionalProperties: {
        type: 'object',
        description: 'a gate of one kind, such as { errorRate: { increase: 1pp } }',
        oneOf: Object.keys(analysisGateKinds).map((kind) => ({ required: [kind] })),
        properties: {
          ...analysisGateKinds,
          onBreach,
          dryRun: {
            type: 'boolean',
            default: false,
            description: 'true: the gate is only shown, without consequences',
          },
        },
        additionalProperties: false,
      },
    },
    source: {
      type: ['string', 'object'],
      pattern: '^hub$',
      description: 'hub, or { prometheus: URL }',
      properties: { prometheus: { ...textSchema, description: 'the URL of a Prometheus server' } },
      required: ['prometheus'],
      additionalProperties: false,
    },
    onNoData: { ...onBreach, default: 'rollback' },
    override: {
      type: ['string', 'array'],
      pattern: '^none$',
      maxItems: 100,
      items: roleSchema,
      description: 'roles that may promote an undecided canary, or none: nobody may',
    },
  },
  additionalProperties: false,
};

/** Keys of one environment. */
export const canaryProperties: Readonly<Record<string, DocumentSchema>> = {
  of: {
    ...environmentNameSchema,
    description: 'the environment whose database and calls this one shares',
  },
  weight: { ...weight, default: 10 },
  steps: {
    type: 'array',
    minItems: 1,
    maxItems: 20,
    description: 'weights in order: [{ weight: 1, for: 10m }, { weight: 10 }]',
    items: {
      type: 'object',
      description: 'a step: { weight: 1, for: 10m }',
      properties: { weight, for: durationSchema },
      required: ['weight'],
      additionalProperties: false,
    },
  },
  sticky: {
    type: ['string', 'object'],
    pattern: '^(subject|none)$',
    description: 'subject, { header: NAME } or none',
    properties: {
      header: {
        type: 'string',
        maxLength: 128,
        pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
        description: 'the name of a request header',
      },
    },
    required: ['header'],
    additionalProperties: false,
  },
  analysis,
  bake: {
    type: 'object',
    description: 'how a promoted release is watched: { for: 15m, onBreach: alert }',
    properties: {
      for: { ...durationSchema, default: '15m' },
      onBreach: {
        type: 'string',
        enum: ['alert', 'rollback'],
        default: 'alert',
        description: 'alert or rollback',
      },
    },
    additionalProperties: false,
  },
};
