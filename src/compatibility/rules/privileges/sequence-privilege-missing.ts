// PRV005: the role may not use a sequence that an INSERT's default or the statement itself calls.
import type { Catalogue } from '../../../model/catalogue.ts';
import type { Relation } from '../../../model/relation.ts';
import {
  findRelation,
  nameOf,
  quote,
  quoteRelation,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { resolveInsert } from '../../facts/writes/insert-analysis.ts';

export const findSequencePrivilegeMissing: Rule = (context) => [
  ...findInDefaults(context),
  ...findInCalls(context),
];

const findInDefaults: Rule = ({ catalogue, operations }) =>
  operations.flatMap(({ analysis, name }) =>
    (analysis?.inserts ?? []).flatMap((insert) => {
      // The role also lacks this in a schema that it may not use.
      const resolved = resolveInsert(catalogue, insert, { anySchema: true });
      if (resolved?.given === undefined) return [];
      const filled = new Set(
        resolved.given.filter(({ value }) => value?.kind !== 'default').map(({ column }) => column.name),
      );
      return resolved.relation.columns.flatMap(({ name: column, sequence, identity }): Draft[] => {
        if (sequence === undefined || sequence.usable || identity !== 'none' || filled.has(column)) return [];
        const { name: spelled } = sequence;
        return [
          toDraft(catalogue, { spelled, object: spelled, operation: name, by: `the default of ${column}` }),
        ];
      });
    }),
  );

/** PostgreSQL checks the privilege when the call runs: no plan shows it. */
const findInCalls: Rule = ({ catalogue, operations }) =>
  operations.flatMap(({ analysis, name: operation }) =>
    (analysis?.sequences ?? []).flatMap((named): Draft[] => {
      const relation = findRelation(catalogue, named);
      if (relation?.kind !== 'S') return [];
      const held = { ...relation.privileges, usage: relation.usable };
      if (accepted[named.call].some((privilege) => held[privilege])) return [];
      const [privilege] = accepted[named.call];
      const spelled = quoteRelation(relation);
      return [
        toDraft(catalogue, { spelled, object: nameOf(relation), operation, by: named.call, privilege }),
      ];
    }),
  );

type Privilege = keyof Relation['privileges'] | 'usage';

/** Each of them is sufficient. */
const accepted = {
  nextval: ['usage', 'update'],
  currval: ['usage', 'select'],
  setval: ['update'],
} as const satisfies Record<string, readonly [Privilege, ...Privilege[]]>;

function toDraft(
  { role }: Catalogue,
  {
    spelled,
    object,
    operation,
    by,
    privilege = 'usage',
  }: {
    readonly spelled: string;
    readonly object: string;
    readonly operation: string;
    readonly by: string;
    readonly privilege?: Privilege;
  },
): Draft {
  const granted = privilege.toUpperCase();
  return {
    code: 'PRV005',
    object,
    expected: `role ${role} has ${granted}: ${by} calls it`,
    actual: 'missing',
    operations: [operation],
    explains: [operation],
    sqlstate: '42501',
    hint: `Grant the role ${granted} on the sequence.`,
    migration: `grant ${privilege} on sequence ${spelled} to ${quote(role)};`,
  };
}
