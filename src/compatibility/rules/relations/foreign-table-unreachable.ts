// REL007: the call role has no user mapping for the server of a postgres_fdw foreign table. PostgreSQL detects that
// only at run time.
import { nameOf, quote, type Draft, type Rule } from '../../check/check-context.ts';
import { relationsOf } from '../../check/sql-failures.ts';

export const findForeignTableUnreachable: Rule = (context) => {
  const { role } = context.catalogue;
  return context.operations.flatMap((checked) =>
    relationsOf(context, checked).flatMap((relation): Draft[] => {
      const server = relation.foreignServer;
      if (server?.needsMapping !== true || server.isMapped) return [];
      return [
        {
          code: 'REL007',
          object: nameOf(relation),
          expected: `a user mapping of role ${role} for server ${server.name}`,
          actual: 'missing, for the role and for PUBLIC',
          operations: [checked.name],
          sqlstate: '42704',
          hint: `create user mapping for ${quote(role)} server ${quote(server.name)} options (…), with the remote user and password.`,
        },
      ];
    }),
  );
};
