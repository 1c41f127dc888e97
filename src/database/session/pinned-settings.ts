// Every setting of PostgreSQL that changes what a statement means, or the text that stk reads or writes. Sessions have
// these values, whatever the server, the database or the login role sets. Settings of the environment are not here.

export const pinnedSettings: readonly (readonly [name: string, value: string])[] = [
  ['client_encoding', 'UTF8'],
  ['standard_conforming_strings', 'on'],
  ['backslash_quote', 'safe_encoding'],
  ['timezone', 'UTC'],
  ['timezone_abbreviations', 'Default'],
  ['datestyle', 'ISO, YMD'],
  ['intervalstyle', 'postgres'],
  ['bytea_output', 'hex'],
  ['extra_float_digits', '1'],
  ['lc_monetary', 'C'],
  ['lc_numeric', 'C'],
  ['lc_time', 'C'],
  ['xmlbinary', 'base64'],
  ['xmloption', 'content'],
  ['array_nulls', 'on'],
  ['transform_null_equals', 'off'],
  ['quote_all_identifiers', 'off'],
  ['row_security', 'on'],
  ['gin_fuzzy_search_limit', '0'],
  ['default_text_search_config', 'pg_catalog.english'],
  ['default_transaction_isolation', 'read committed'],
  ['default_transaction_deferrable', 'off'],
  ['plpgsql.extra_errors', 'none'],
];

/** Settings that need privileges. */
const privileged: readonly (readonly [name: string, value: string])[] = [
  ['session_replication_role', 'origin'],
  ['plpgsql.variable_conflict', 'error'],
];

/** Settings that only newer servers have. */
const recent: readonly (readonly [name: string, value: string])[] = [
  ['restrict_nonsystem_relation_kind', ''],
  ['transaction_timeout', '0'],
];

const literal = (text: string): string => `'${text}'`;

/** Statements for a session that only stk uses. */
export const pinSession: string = [
  ...pinnedSettings.map(([name, value]) => `set ${name} = ${literal(value)}`),
  setWhere(privileged, "pg_catalog.has_parameter_privilege(p.name, 'SET')"),
  setWhere(recent, 'pg_catalog.current_setting(p.name, true) is not null'),
].join(';');

/** For one transaction of a shared session: items of a SELECT. */
export const pinTransaction: string = pinnedSettings
  .map(([name, value]) => `pg_catalog.set_config(${literal(name)}, ${literal(value)}, true)`)
  .join(', ');

function setWhere(settings: readonly (readonly [name: string, value: string])[], condition: string): string {
  const rows = settings.map(([name, value]) => `(${literal(name)}, ${literal(value)})`).join(', ');
  return `select pg_catalog.set_config(p.name, p.value, false) from (values ${rows}) as p(name, value) where ${condition}`;
}
