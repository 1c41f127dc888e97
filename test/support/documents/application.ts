// An application that releases are cut from, as a git repository of its own: release.yaml, SQL files, migrations.
import { stringify } from 'yaml';
import { createTestRepo, type TestRepo } from '../git/git-repo.ts';
import { aQuery } from './release.ts';

export const customersSql = `create table customers (
  id integer primary key,
  email text not null unique,
  name varchar(50)
);
`;

/** A release.yaml without a schema: a constant, a query, and an upsert from a file. */
export function aSource(parts: Readonly<Record<string, unknown>> = {}): string {
  const members = {
    notes: 'The first.',
    permissions: { reader: ['*'] },
    config: { greeting: 'hello' },
    operations: {
      about: { value: { product: 'shop' } },
      'customers.get': aQuery(),
      'customers.save': {
        mode: 'write',
        input: {
          type: 'object',
          properties: { id: { type: 'integer' }, email: { type: 'string' } },
          required: ['id', 'email'],
          additionalProperties: false,
        },
        sql: { file: 'operations/save.sql' },
        returns: 'count',
      },
    },
    ...parts,
  };
  return stringify(Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)));
}

export const saveSql = `-- What is known is overwritten.
insert into customers (id, email) values (:id, :email)
on conflict (id) do update set email = excluded.email;
`;

/** The files of such an application; more or other ones as given, undefined: left out. */
export async function createApplication(
  files: Readonly<Record<string, string | undefined>> = {},
): Promise<TestRepo> {
  const all = {
    'release.yaml': aSource(),
    'operations/save.sql': saveSql,
    'migrations/0001_customers.sql': customersSql,
    ...files,
  };
  const present = Object.entries(all).flatMap(([path, text]) => (text === undefined ? [] : [[path, text]]));
  return createTestRepo({ files: Object.fromEntries(present) as Record<string, string> });
}
