// The part of stk.yaml's schema for gates: one kind, selected by its key, and the keys that belong to that kind.
import type { DocumentSchema } from './document-schema.ts';
import type { GateKind } from '../project/gate-kind.ts';
import { idSyntax } from '../../kernel/ids.ts';

export const maxGates = 100;

export function gatesSchema(kinds: readonly GateKind[]): DocumentSchema {
  const properties: Record<string, DocumentSchema> = {};
  for (const { kind, schema, beside } of kinds) Object.assign(properties, { [kind]: schema }, beside);
  return {
    type: 'object',
    description: 'what a release must pass to enter this environment: name of the gate → its kind with settings',
    maxProperties: maxGates,
    propertyNames: { type: 'string', pattern: idSyntax, description: 'the name of a gate' },
    additionalProperties: {
      type: 'object',
      description: 'a gate of one kind, such as { check: ci }',
      oneOf: kinds.map(({ kind }) => ({ required: [kind] })),
      properties,
      additionalProperties: false,
    },
  };
}
