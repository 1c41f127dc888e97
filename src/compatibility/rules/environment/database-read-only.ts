// ENV006: the server is a standby and accepts no writes. The sessions of calls override other read-only settings.
import type { Catalogue } from '../../../model/catalogue.ts';
import { findReadViolations } from '../../../sql/forbidden-functions.ts';
import type { StatementAnalysis } from '../../../sql/statement.ts';
import type { CheckedOperation, Draft, Rule } from '../../check/check-context.ts';

const standby = {
  code: 'ENV006',
  object: 'server',
  expected: 'a server that accepts writes',
  actual: 'a standby (pg_is_in_recovery() is true): every transaction is read-only',
  sqlstate: '25006',
  hint: "Point the environment's URL (urlFrom in stk.yaml) to the primary, or promote this server.",
} as const;

export const findDatabaseReadOnly: Rule = ({ catalogue, operations }) => {
  if (!catalogue.isStandby) return [];
  const declared = operations.filter(({ operation }) => operation.mode === 'write');
  const writers = declared.filter(({ analysis }) => writes(analysis));
  return [
    ...(writers.length > 0 ? [{ ...standby, operations: writers.map(({ name }) => name) }] : []),
    ...declared.filter(({ analysis }) => !writes(analysis)).flatMap((checked) => warn(catalogue, checked)),
  ];
};

function writes(analysis: StatementAnalysis | undefined): boolean {
  return analysis !== undefined && findReadViolations(analysis).length > 0;
}

/** The effects of functions that are not PostgreSQL's own are unknown. */
function warn({ functions }: Catalogue, { name, analysis }: CheckedOperation): Draft[] {
  return (analysis?.functions ?? []).flatMap((call): Draft[] => {
    const own = functions.find((one) => one.name === call.name && one.schema !== 'pg_catalog');
    if (own === undefined) return [];
    const expected = `${standby.expected}, if the function writes`;
    return [
      { ...standby, severity: 'warn', object: `${own.schema}.${own.name}`, expected, operations: [name] },
    ];
  });
}
