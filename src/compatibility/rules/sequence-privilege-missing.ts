// PRV005: an INSERT leaves a column to a default that calls a sequence, which the role may not use.
import { quote, type Draft, type Rule } from '../check-context.ts';
import { resolveInsert } from '../insert-analysis.ts';

export const findSequencePrivilegeMissing: Rule = ({ catalogue, operations }) =>
  operations.flatMap(({ analysis, name }) =>
    (analysis?.inserts ?? []).flatMap((insert) => {
      const resolved = resolveInsert(catalogue, insert);
      if (resolved?.given === undefined) return [];
      const filled = new Set(
        resolved.given.filter(({ value }) => value?.kind !== 'default').map(({ column }) => column.name),
      );
      return resolved.relation.columns.flatMap(({ name: column, sequence, identity }): Draft[] => {
        if (sequence === undefined || sequence.usable || identity !== 'none' || filled.has(column)) return [];
        return [
          {
            code: 'PRV005',
            object: sequence.name,
            expected: `role ${catalogue.role} has USAGE: the default of ${column} calls it`,
            actual: 'it has not',
            operations: [name],
            explains: [name],
            sqlstate: '42501',
            hint: 'Grant the role USAGE on the sequence.',
            migration: `grant usage on sequence ${sequence.name} to ${quote(catalogue.role)};`,
          },
        ];
      });
    }),
  );
