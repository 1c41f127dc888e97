// Which environment variables determine how a session with a PostgreSQL server is made, and with which certificates. A
// process that must reach the same servers needs exactly these.

/** What `pg` and its reader of password files use when a URL leaves it open; then what Node's TLS uses. */
const names: ReadonlySet<string> = new Set([
  'PGHOST',
  'PGPORT',
  'PGUSER',
  'PGPASSWORD',
  'PGDATABASE',
  'PGOPTIONS',
  'PGAPPNAME',
  'PGSSLMODE',
  'PGSSLNEGOTIATION',
  'PGCONNECT_TIMEOUT',
  'PGPASSFILE',
  'PGCLIENT_ENCODING',
  'PGREPLICATION',
  'USER',
  'USERNAME',
  'HOME',
  'APPDATA',
  'NODE_EXTRA_CA_CERTS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_SYSTEM_CA',
  'OPENSSL_CONF',
  'OPENSSL_MODULES',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
]);
const flags =
  /^--(tls-|openssl-|use-(bundled|openssl|system)-ca$|enable-fips$|force-fips$|dns-result-order=)/;

export function pickConnectionVariables(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      value !== undefined && names.has(name) ? [[name, value]] : [],
    ),
  );
}

/** Flags of Node with the same effect, from its command line and from NODE_OPTIONS; values after `=`. */
export function pickConnectionFlags(
  commandLine: readonly string[],
  options: string | undefined,
): readonly string[] {
  return [...commandLine, ...(options ?? '').split(/\s+/)].filter((flag) => flags.test(flag));
}
