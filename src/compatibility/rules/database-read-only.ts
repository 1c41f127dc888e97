// ENV006: the server is a standby, where nothing can be written. Other read-only settings are overridden by the calls' sessions.
import type { Catalogue } from '../../model/catalogue.ts';
import { findReadViolations } from '../../sql/forbidden-functions.ts';
import type { CheckedOperation, Rule } from '../check-context.ts';

export const findDatabaseReadOnly: Rule = ({ catalogue, operations }) => {
  const writers = operations.filter((checked) => catalogue.isStandby && mayWrite(catalogue, checked));
  if (writers.length === 0) return [];
  return [
    {
      code: 'ENV006',
      object: 'server',
      expected: 'a server that takes writes',
      actual: 'a standby (pg_is_in_recovery() is true): every transaction is read-only',
      operations: writers.map(({ name }) => name),
      sqlstate: '25006',
      hint: "Let the environment's URL (urlFrom in stk.yaml) lead to the primary, or promote this server.",
    },
  ];
};

/** Declared as a write, and not a plain SELECT. What other functions than PostgreSQL's own do, nobody knows. */
function mayWrite({ functions }: Catalogue, { operation, analysis }: CheckedOperation): boolean {
  if (operation.mode !== 'write' || analysis === undefined) return false;
  const isOwn = (name: string): boolean =>
    functions.some((one) => one.name === name && one.schema !== 'pg_catalog');
  return findReadViolations(analysis).length > 0 || analysis.functions.some(({ name }) => isOwn(name));
}
