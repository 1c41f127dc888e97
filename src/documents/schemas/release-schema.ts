// JSON Schema of releases/<id>.yaml. Published as schemas/release.json; parse-release.ts checks with it.
import { contractSchema } from './contract-schema.ts';
import type { DocumentSchema } from './document-schema.ts';
import { fileNeedsSchema } from './files-schema.ts';
import { smokeSchema } from './smoke-schema.ts';
import { idSyntax, operationSyntax, permissionSyntax } from '../../kernel/ids.ts';

const name: DocumentSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 63,
  description: 'a PostgreSQL name',
};
const qualifiedName: DocumentSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 127,
  description: 'a PostgreSQL name, or "schema.name"',
};

const table: DocumentSchema = {
  type: 'object',
  description: 'the columns and unique keys that the release needs of a table or view',
  properties: {
    columns: {
      type: 'object',
      description: 'columns by name',
      maxProperties: 1600,
      propertyNames: name,
      additionalProperties: {
        type: 'object',
        description: 'a column such as { type: integer } or { type: text, nullable: true }',
        properties: {
          type: {
            type: 'string',
            minLength: 1,
            maxLength: 256,
            description: 'a type as PostgreSQL spells it',
          },
          nullable: { type: 'boolean', default: false, description: 'whether it may be null' },
        },
        additionalProperties: false,
      },
    },
    unique: {
      type: 'array',
      maxItems: 100,
      description: 'column lists that must have a unique index',
      items: { type: 'array', minItems: 1, maxItems: 32, items: name, description: 'a list of columns' },
    },
  },
  additionalProperties: false,
};

const operation: DocumentSchema = {
  type: 'object',
  description: 'an operation: `sql`, or a constant `value`',
  oneOf: [{ required: ['sql'] }, { required: ['value'] }],
  properties: {
    mode: { type: 'string', enum: ['read', 'write'], default: 'read', description: 'read or write' },
    input: { type: ['object', 'boolean'], description: 'a JSON Schema (2020-12) of the input' },
    sql: {
      type: 'string',
      minLength: 1,
      maxLength: 65_536,
      description: 'one SQL statement with :name parameters',
    },
    returns: {
      type: 'string',
      enum: ['one', 'many', 'count'],
      description: 'one, many (the default) or count',
    },
    value: { description: 'the constant that it answers' },
  },
  additionalProperties: false,
};

export const releaseSchema: DocumentSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'stk release (releases/<id>.yaml)',
  description: 'a release',
  type: 'object',
  properties: {
    release: {
      type: 'string',
      pattern: idSyntax,
      description: 'the release id, equal to the file name: letters, digits, . _ -, at most 64',
    },
    ref: {
      type: 'string',
      minLength: 1,
      maxLength: 256,
      description: "the application's git ref it was cut from",
    },
    createdAt: {
      type: 'string',
      pattern:
        '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$',
      description: 'an RFC 3339 time such as 2026-11-21T08:00:00Z',
    },
    notes: { type: 'string', maxLength: 65_536, description: 'notes for people' },
    schema: {
      type: 'object',
      description: 'what the release needs of the database',
      properties: {
        tables: {
          type: 'object',
          description: 'tables and views by name',
          maxProperties: 10_000,
          propertyNames: qualifiedName,
          additionalProperties: table,
        },
        enums: {
          type: 'object',
          description: 'enum types by name',
          maxProperties: 10_000,
          propertyNames: qualifiedName,
          additionalProperties: {
            type: 'array',
            maxItems: 10_000,
            description: 'the labels that the release needs',
            items: { type: 'string', minLength: 1, maxLength: 63, description: 'an enum label' },
          },
        },
      },
      additionalProperties: false,
    },
    contract: withoutDialect(contractSchema),
    permissions: {
      type: 'object',
      description: 'operations by role; nothing is allowed by default',
      maxProperties: 10_000,
      propertyNames: {
        type: 'string',
        pattern: idSyntax,
        description: 'a role: letters, digits, . _ -, at most 64',
      },
      additionalProperties: {
        type: 'array',
        maxItems: 10_000,
        description: 'a list of permissions',
        items: {
          type: 'string',
          maxLength: 256,
          pattern: permissionSyntax,
          description: 'an operation, "prefix.*" or "*"',
        },
      },
    },
    config: { type: 'object', description: 'runtime config, answered at GET /config' },
    operations: {
      type: 'object',
      description: 'operations by name',
      maxProperties: 10_000,
      propertyNames: {
        type: 'string',
        maxLength: 256,
        pattern: operationSyntax,
        description: 'an operation name: letters, digits, _ and -, in parts joined by dots',
      },
      additionalProperties: operation,
    },
    migrations: {
      type: 'object',
      description: 'the migrations that the release needs: { upTo: "0042" }',
      properties: {
        upTo: {
          type: 'string',
          minLength: 1,
          maxLength: 256,
          description: 'the newest migration that must be applied, by its name or its number',
        },
      },
      required: ['upTo'],
      additionalProperties: false,
    },
    files: fileNeedsSchema,
    smoke: smokeSchema,
  },
  required: ['release', 'ref', 'createdAt'],
  additionalProperties: false,
};

/** Inside another schema it does not repeat its dialect. */
function withoutDialect(schema: DocumentSchema): DocumentSchema {
  const { $schema: dialect, ...rest } = schema;
  return dialect === undefined ? schema : rest;
}
