// JSON Schemas of a record, one for each kind. Published together as schemas/record.json; parse-record.ts uses the
// schema of the record's kind.
import type { DocumentSchema } from './document-schema.ts';
import { idSyntax } from '../../kernel/ids.ts';
import { eventWords, gateVerdicts, moveClasses, recordKinds, type RecordKind } from '../../model/pipeline/record.ts';

/** The most scores in an evaluation. */
const maxScores = 10_000;

const id = (description: string): DocumentSchema => ({ type: 'string', pattern: idSyntax, description });
const line = (maxLength: number, description: string): DocumentSchema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  pattern: '^[^\\u0000-\\u001F\\u007F]+$',
  description,
});
const text = (description: string): DocumentSchema => ({
  type: 'string',
  minLength: 1,
  maxLength: 10_000,
  description,
});
const number = (description: string): DocumentSchema => ({ type: 'number', description });
const count = (description: string): DocumentSchema => ({
  type: 'integer',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description,
});
const oneOf = (words: readonly string[]): DocumentSchema => ({
  type: 'string',
  enum: words,
  description: words.join(', '),
});
const time = (what: string): DocumentSchema => ({
  type: 'string',
  maxLength: 64,
  pattern: '^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$',
  description: `${what}, such as 2026-11-29T12:00:00.000Z`,
});
const objectId = (what: string): DocumentSchema => ({
  type: 'string',
  pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$',
  description: `${what}: 40 or 64 hexadecimal digits`,
});
const environment = id('the name of an environment');

const shared: Readonly<Record<string, DocumentSchema>> = {
  release: id('the id of the release that the record is about'),
  digest: objectId('git blob id of the release file'),
  at: time('when it was observed or decided'),
  by: line(320, 'the mail or token subject of its author'),
  through: { type: 'string', const: 'hub', description: 'hub, when the Hub wrote it for a caller' },
};
const sharedRequired = ['release', 'digest', 'at', 'by'];

const judgement: Members = {
  required: { environment },
  optional: {
    comment: text('why'),
    hotfix: objectId("the commit that wrote the pointer's hotfix key"),
    gate: id('the name of the only gate that it counts for'),
  },
};

interface Members {
  readonly required: Readonly<Record<string, DocumentSchema>>;
  readonly optional?: Readonly<Record<string, DocumentSchema>>;
}

const members: Readonly<Record<RecordKind, Members>> = {
  check: {
    required: { name: id('the name of the check'), status: oneOf(['passed', 'failed']) },
    optional: {
      values: {
        type: 'object',
        description: 'what was measured: numbers by name',
        maxProperties: 1000,
        propertyNames: id('the name of a value'),
        additionalProperties: number('a number'),
      },
      runId: line(256, 'the id of the run'),
      url: line(2048, 'where the run is shown'),
      commit: {
        type: 'string',
        pattern: '^[0-9a-f]{7,64}$',
        description: 'a commit of the application: 7 to 64 hexadecimal digits',
      },
    },
  },
  approval: judgement,
  rejection: judgement,
  event: {
    required: {
      environment,
      event: oneOf(eventWords),
      class: oneOf(moveClasses),
      revision: objectId('the pointer commit'),
    },
    optional: {
      from: id('the environment that the release came from'),
      gates: {
        type: 'array',
        maxItems: 1000,
        description: 'the gates with their verdicts',
        items: {
          type: 'object',
          description: 'a gate with its verdict',
          properties: {
            name: id('the name of a gate'),
            kind: id('the kind of the gate'),
            verdict: oneOf(gateVerdicts),
            sentence: text('the verdict in a sentence'),
            evidence: {
              type: 'array',
              maxItems: 1000,
              description: 'the records that it is based on',
              items: line(512, 'the path of a record'),
            },
          },
          required: ['name', 'kind', 'verdict'],
          additionalProperties: false,
        },
      },
      reason: text('why'),
      actor: line(320, 'who caused it'),
      debt: {
        type: 'array',
        maxItems: 1000,
        description: 'gates that a hotfix skipped',
        items: {
          type: 'object',
          description: 'a gate that a hotfix skipped',
          properties: {
            gate: id('the name of a gate'),
            since: time('when it was skipped'),
            due: time('when it has to be passed'),
            overdue: { type: 'boolean', description: 'true or false' },
          },
          required: ['gate', 'since', 'due', 'overdue'],
          additionalProperties: false,
        },
      },
      since: time('when the state that it is about began'),
      counts: { type: 'object', maxProperties: 1000, description: 'what was counted' },
      bounds: { type: 'object', maxProperties: 1000, description: 'the bounds computed from the counts' },
      sentence: text('the decision in a sentence'),
      trigger: id('the name of the trigger'),
    },
  },
  incident: {
    required: {
      incident: {
        type: 'string',
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,159}$',
        description: 'the name of the incident: its file without .md',
      },
      action: oneOf(['note', 'close']),
      text: text('what is noted'),
    },
  },
  evaluation: {
    required: {
      name: id('the name of the evaluation'),
      set: line(256, 'the set of cases'),
      mean: number('the mean score'),
      cases: count('how many cases'),
    },
    optional: {
      scores: {
        type: 'object',
        maxProperties: maxScores,
        description: 'the score of each case, by its id',
        propertyNames: line(128, 'the id of a case'),
        additionalProperties: number('a score'),
      },
    },
  },
  backup: {
    required: {
      environment,
      size: count('bytes'),
      location: line(2048, 'where the backup is'),
      verified: { type: 'boolean', description: 'true or false' },
    },
  },
  drill: {
    required: {
      environment,
      to: id('the release that the drill rolled back to'),
      decideMs: count('milliseconds until the decision'),
      serveMs: count('milliseconds until it was served'),
      verifyMs: count('milliseconds until it was verified'),
      result: oneOf(['passed', 'failed']),
    },
    optional: { document: line(1000, 'path of its document on the followed branch') },
  },
};

function schemaOf(kind: RecordKind): DocumentSchema {
  const { required, optional = {} } = members[kind];
  return {
    type: 'object',
    description: `a record of kind ${kind}`,
    properties: {
      record: { type: 'string', const: kind, description: kind },
      ...shared,
      ...required,
      ...optional,
    },
    required: ['record', ...sharedRequired, ...Object.keys(required)],
    additionalProperties: false,
  };
}

const schemas = new Map(recordKinds.map((kind) => [kind, schemaOf(kind)]));

export function recordSchemaOf(kind: RecordKind): DocumentSchema {
  return schemas.get(kind) ?? schemaOf(kind);
}

/** For a document of unknown kind: it lists the kinds, and nothing else. */
export const recordKindSchema: DocumentSchema = {
  type: 'object',
  description: 'a record',
  properties: { record: oneOf(recordKinds) },
  required: ['record'],
};

/** The published schema: exactly one of the kinds. */
export const recordSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'stk record (releases/<aa>/<release>/<kind>/<id>.yaml on the records branch)',
  description: 'a record: what was observed or decided about a release',
  oneOf: recordKinds.map(recordSchemaOf),
};
