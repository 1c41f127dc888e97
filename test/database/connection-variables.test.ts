// What a process is told that is to reach the same databases as this one.
import { expect, it } from '@jest/globals';
import {
  pickConnectionFlags,
  pickConnectionVariables,
} from '../../src/database/postgres/connection-variables.ts';

it('gets the variables that a connection needs, and none that only looks like one', () => {
  const variables = {
    PGSSLMODE: 'require',
    PGPASSFILE: '/run/pgpass',
    NODE_EXTRA_CA_CERTS: '/run/ca.pem',
    PGP_PASSPHRASE: 'secret',
    PGBACKREST_REPO1_CIPHER_PASS: 'secret',
    PG_PROD_URL: 'postgres://stk:secret@db/prod',
    STK_GIT_TOKEN: 'secret',
    PGPORT: undefined,
  };
  expect(pickConnectionVariables(variables)).toEqual({
    PGSSLMODE: 'require',
    PGPASSFILE: '/run/pgpass',
    NODE_EXTRA_CA_CERTS: '/run/ca.pem',
  });
});

it('gets the flags that decide about certificates and addresses, wherever they were given', () => {
  const flags = pickConnectionFlags(
    ['--import', './x.js', '--tls-min-v1.0'],
    '--use-openssl-ca --max-old-space-size=100  --dns-result-order=ipv4first',
  );
  expect(flags).toEqual(['--tls-min-v1.0', '--use-openssl-ca', '--dns-result-order=ipv4first']);
  expect(pickConnectionFlags([], undefined)).toEqual([]);
});
