// Which environment variables decide how, and with whose certificates, a session with a PostgreSQL server is made: a process
// that is to reach the same servers needs them, and no others.

/** `pg`'s own names for what a URL leaves open, and where it finds a password file; then Node's for TLS. */
const names: ReadonlySet<string> = new Set([
  'USER',
  'USERNAME',
  'HOME',
  'APPDATA',
  'NODE_EXTRA_CA_CERTS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_SYSTEM_CA',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
]);
const trustFlags: ReadonlySet<string> = new Set(['--use-bundled-ca', '--use-openssl-ca', '--use-system-ca']);

export function pickConnectionVariables(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      value !== undefined && (name.startsWith('PG') || names.has(name)) ? [[name, value]] : [],
    ),
  );
}

/** Flags of Node that say which certificates to trust, from its command line and from NODE_OPTIONS. */
export function pickTrustFlags(
  commandLine: readonly string[],
  options: string | undefined,
): readonly string[] {
  return [...commandLine, ...(options ?? '').split(/\s+/)].filter((flag) => trustFlags.has(flag));
}
