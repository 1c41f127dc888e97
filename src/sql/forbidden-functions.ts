// Functions that an operation may not call (OPS006), since they reach beyond the statement: into the session, the
// server, its files or other databases. And what a `mode: read` operation may not do (OPS005).
import type { RelationName, StatementAnalysis } from './statement.ts';

interface Ban {
  readonly pattern: RegExp;
  readonly reason: string;
}

const setsSession = 'it changes settings of a session that other calls share';

const bans: readonly Ban[] = [
  { pattern: /^set_config$/, reason: setsSession },
  {
    pattern: /^pg_(try_)?advisory_/,
    reason: 'its lock outlives the statement, or is taken from migrations and checks',
  },
  {
    pattern: /^pg_(read_|ls_|stat_file$|file_|current_logfile$)/,
    reason: "it reads or changes the server's files",
  },
  { pattern: /^(lo_|loread$|lowrite$)/, reason: 'it works on large objects and server files' },
  { pattern: /^dblink/, reason: 'it runs SQL on another connection' },
  { pattern: /^(query|table|database|schema|cursor)_to_xml/, reason: 'it runs SQL that is given as text' },
  { pattern: /^(ts_stat|crosstab|connectby|xpath_table)/, reason: 'it runs SQL that is given as text' },
  { pattern: /^(xpath_table|postgres_fdw_)/, reason: 'it reaches beyond the statement' },
  { pattern: /^pg_(terminate|cancel)_backend$/, reason: 'it ends the work of other sessions' },
  {
    pattern: /^pg_(reload_conf|rotate_logfile|promote|switch_wal|create_restore_point|log_|wal_replay_)/,
    reason: 'it administers the server',
  },
  {
    pattern:
      /^pg_(backup_|start_backup|stop_backup|replication_|logical_|create_(physical|logical)|drop_replication|copy_(physical|logical)|sync_replication)/,
    reason: 'it administers backup and replication',
  },
  { pattern: /^pg_sleep/, reason: 'it holds a connection and does nothing' },
  { pattern: /^pg_notify$/, reason: 'its message goes to other sessions' },
  {
    pattern:
      /^pg_(export_snapshot|stat_reset|stat_clear|stat_statements_reset|prewarm|import_system_collations|extension_config_dump|restore_|clear_)/,
    reason: 'it changes state of the server or session',
  },
  { pattern: /^(brin_|gin_clean_)/, reason: 'it maintains indexes' },
];

/** Why the function may not be called; undefined when it may. Names are as the parser folded them. */
export function findBan({ schema, name }: RelationName): string | undefined {
  // A function of the same name in a schema of the application is the application's.
  if (schema !== undefined && schema !== 'pg_catalog' && schema !== 'public') return extensionBan(name);
  return bans.find(({ pattern }) => pattern.test(name))?.reason;
}

/** Whether it writes what is a function call in disguise: an UPDATE of the view is rewritten to set_config. */
function isSettingChange({ access, schema, name }: StatementAnalysis['relations'][number]): boolean {
  return access !== 'read' && name === 'pg_settings' && (schema === undefined || schema === 'pg_catalog');
}

/** Every function of the statement that is forbidden, with the reason; an update of pg_settings as one of them. */
export function findForbiddenFunctions(
  analysis: StatementAnalysis,
): readonly { readonly function: RelationName; readonly reason: string }[] {
  const calls = analysis.functions.flatMap((call) => {
    const reason = findBan(call);
    return reason === undefined ? [] : [{ function: call, reason }];
  });
  const changes = analysis.relations.filter(isSettingChange).map(({ schema, name }) => ({
    function: { schema, name },
    reason: setsSession,
  }));
  return [...calls, ...changes];
}

/** What a `mode: read` operation does that it may not, in words; empty: nothing. */
export function findReadViolations(analysis: StatementAnalysis): readonly string[] {
  const violations: string[] = [];
  for (const { access, schema, name } of analysis.relations) {
    if (access !== 'read')
      violations.push(`${access} on ${schema === undefined ? name : `${schema}.${name}`}`);
  }
  if (analysis.writes && violations.length === 0) violations.push(`writes (${analysis.node})`);
  if (analysis.locksRows) violations.push('locks rows (FOR UPDATE or FOR SHARE)');
  for (const { schema, name } of analysis.functions) {
    const isSequence = name === 'nextval' || name === 'setval';
    if (isSequence && (schema === undefined || schema === 'pg_catalog')) violations.push(`calls ${name}`);
  }
  return violations;
}

/** Extensions may be installed in any schema. */
function extensionBan(name: string): string | undefined {
  return /^(dblink|postgres_fdw_|crosstab|connectby|xpath_table)/.test(name)
    ? bans.find(({ pattern }) => pattern.test(name))?.reason
    : undefined;
}
