// JSON Schema of an application's release.yaml, from which `stk release cut` makes a release: a release document without
// what the cut adds. Published as schemas/release-source.json; parse-release-source.ts checks with it.
import type { DocumentSchema } from './document-schema.ts';
import { releaseSchema } from './release-schema.ts';

const { notes, schema, permissions, config, operations, migrations, files, smoke } = releaseSchema.properties ?? {};
const operation = operations?.additionalProperties;
const operationSchema: DocumentSchema = operation === false || operation === undefined ? {} : operation;
const { sql, ...otherMembers } = operationSchema.properties ?? {};

export const releaseSourceSchema: DocumentSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'stk release source (release.yaml of an application)',
  description: 'what a release is cut from',
  type: 'object',
  properties: {
    ...present({ notes, schema, permissions, config, migrations, files, smoke }),
    operations: {
      ...operations,
      additionalProperties: {
        ...operationSchema,
        properties: {
          ...otherMembers,
          sql: {
            ...sql,
            type: ['string', 'object'],
            description: 'one SQL statement with :name parameters, or { file: operations/x.sql }',
            properties: {
              file: {
                type: 'string',
                minLength: 1,
                maxLength: 512,
                description: "a file with the statement, relative to release.yaml's folder",
              },
            },
            required: ['file'],
            additionalProperties: false,
          },
        },
      },
    },
  },
  additionalProperties: false,
};

function present(
  properties: Readonly<Record<string, DocumentSchema | undefined>>,
): Record<string, DocumentSchema> {
  const entries = Object.entries(properties);
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
