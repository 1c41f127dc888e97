// OPS009: a statement needs something that the server does not have, and the release was cut on a newer one: new
// syntax, or one of PostgreSQL's own functions.
import type { Rule } from '../../check/check-context.ts';
import { needsNewerServer } from '../../facts/newer-server.ts';

export const findServerTooOld: Rule = (context) =>
  context.operations
    .filter((checked) => needsNewerServer(context, checked))
    .map(({ name, failure }) => ({
      code: 'OPS009',
      object: name,
      expected: `PostgreSQL ${context.release.contract?.postgres}, on which the release was cut`,
      actual: `PostgreSQL ${context.postgres}: ${failure?.message ?? ''}`,
      operations: [name],
      explains: [name],
      ...(failure === undefined ? {} : { sqlstate: failure.sqlstate }),
      hint: `Write the statement so that PostgreSQL ${context.postgres} accepts it, or upgrade the server. Cut releases on the version of the oldest environment.`,
    }));
