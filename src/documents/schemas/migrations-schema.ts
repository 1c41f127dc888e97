// JSON Schemas for migrations: the key `migrations` of an environment, and waivers/<migration>.yaml, published as
// schemas/waiver.json.
import { migrationTools } from '../../model/migration.ts';
import type { DocumentSchema } from './document-schema.ts';
import { reasonSchema, textSchema } from './value-schemas.ts';

export const migrationsSchema: DocumentSchema = {
  type: 'object',
  description: 'the migrations of the environment: { dir: migrations/, tool: node-pg-migrate }',
  properties: {
    dir: { ...textSchema, description: 'the folder with the migrations, relative to the root of the repository' },
    tool: {
      type: 'string',
      enum: migrationTools,
      description: `the tool that runs them: ${migrationTools.join(', ')}`,
    },
    table: {
      type: 'string',
      minLength: 1,
      maxLength: 127,
      description: "the tool's ledger, table or schema.table, when it is not the default",
    },
  },
  required: ['dir', 'tool'],
  additionalProperties: false,
};

export const waiverSchema: DocumentSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'stk waiver (waivers/<migration>.yaml)',
  description: 'a waiver: accepts a migration that has no way down or destroys data',
  type: 'object',
  properties: {
    migration: {
      type: 'string',
      minLength: 1,
      maxLength: 256,
      description: 'the migration, equal to the file name',
    },
    reason: reasonSchema,
    until: {
      ...textSchema,
      maxLength: 64,
      description: 'when it ends, YYYY-MM-DD (the whole day) or RFC 3339; absent: never',
    },
  },
  required: ['migration', 'reason'],
  additionalProperties: false,
};
