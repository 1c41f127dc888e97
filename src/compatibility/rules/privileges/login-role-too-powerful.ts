// ENV003, a warning: the login role is a superuser, or may do more than the role that calls use.
import type { Rule } from '../../check/check-context.ts';

export const findLoginRoleTooPowerful: Rule = ({ engine, catalogue }) => {
  const { login, role, loginPowers } = catalogue;
  if (engine === 'pglite' || loginPowers.length === 0) return [];
  return [
    {
      code: 'ENV003',
      object: login,
      expected: `a login role that may do no more than ${role}`,
      actual: loginPowers.join(', '),
      operations: [],
      hint: 'Log in as a role without special attributes that is a member of the call role only.',
    },
  ];
};
