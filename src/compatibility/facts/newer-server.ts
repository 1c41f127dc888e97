// Whether a statement fails because the release was cut on a newer PostgreSQL than the database has.
import { parseName, type CheckContext, type CheckedOperation } from '../check/check-context.ts';
import { identifiersAt } from '../check/sql-failures.ts';

export function needsNewerServer(context: CheckContext, checked: CheckedOperation): boolean {
  const { release, postgres, catalogue } = context;
  const { contract } = release;
  const { failure } = checked;
  if (contract === undefined || contract.postgres <= postgres || failure === undefined) return false;
  const named = identifiersAt(checked);
  switch (failure.sqlstate) {
    case '42601':
      return true;
    // RETURNING old.…, new.…
    case '42P01':
      return named.length > 1 && /^(?:old|new)$/.test(named[0] ?? '');
    case '42883': {
      const called = named.at(-1);
      // An operator is at that position.
      if (called === undefined) return false;
      const isOwn = [...contract.functions.keys()].some((name) => parseName(name).name === called);
      return !isOwn && !catalogue.functions.some(({ name }) => name === called);
    }
    default:
      return false;
  }
}
