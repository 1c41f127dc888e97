// Schemas of values that several parts of stk.yaml use: names, durations, texts.
import type { DocumentSchema } from './document-schema.ts';
import { idSyntax } from '../../kernel/ids.ts';

export const variableSchema: DocumentSchema = {
  type: 'string',
  pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$',
  description: 'the name of an environment variable (never the secret itself)',
  writeOnly: true,
};
export const durationSchema: DocumentSchema = {
  type: 'string',
  pattern: '^[0-9]{1,9}(ms|s|m|h|d)$',
  description: 'a duration such as 500ms, 30s, 5m, 2h or 7d',
};
export const roleSchema: DocumentSchema = { type: 'string', pattern: idSyntax, description: 'a role' };
export const textSchema: DocumentSchema = { type: 'string', minLength: 1, maxLength: 512 };
export const environmentNameSchema: DocumentSchema = {
  type: 'string',
  pattern: idSyntax,
  description: 'the name of an environment',
};
/** The reason for an action; everybody can read it. */
export const reasonSchema: DocumentSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 2000,
  description: 'the reason, for people',
};
