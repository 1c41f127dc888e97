// The functions of PostgreSQL 15 to 18 and of its contrib modules that an operation may not call, each with the reason.
// A test compares the list with pg_proc of real servers. forbidden-functions.ts finds the calls of a statement.

interface Ban {
  readonly pattern: RegExp;
  readonly reason: string;
}

export const setsSession = 'it changes settings of a session that other calls share';
const runsText = 'it runs SQL from a text';
const readsFiles = "it reads or changes the server's files";
const readsPages = "it reads or changes a table's storage, without privileges and row-level security";
const readsWal = 'it reads the write-ahead log';
const changesState = 'it changes state of the server or session';

/** In PostgreSQL itself. */
const coreBans: readonly Ban[] = [
  { pattern: /^(set_config|setseed)$/, reason: setsSession },
  {
    pattern: /^pg_(try_)?advisory_/,
    reason: 'its lock outlives the statement, or blocks migrations and checks',
  },
  { pattern: /^(query|table|database|schema|cursor)_to_xml/, reason: runsText },
  { pattern: /^(ts_stat|ts_rewrite)$/, reason: runsText },
  {
    pattern: /^pg_(read_|ls_|stat_file$|current_logfile$|control_|tablespace_databases$)/,
    reason: readsFiles,
  },
  { pattern: /^pg_(show_all_file_settings|hba_file_rules|ident_file_mappings)$/, reason: readsFiles },
  { pattern: /^pg_(wal_summary_|available_wal_summaries$)/, reason: readsWal },
  { pattern: /^(lo_|loread$|lowrite$)/, reason: 'it works on large objects and server files' },
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
  { pattern: /^pg_sleep/, reason: 'it keeps a connection busy without work' },
  { pattern: /^pg_notify$/, reason: 'its message goes to other sessions' },
  {
    pattern:
      /^(binary_upgrade_|pg_(export_snapshot|extension_config_dump|import_system_collations|nextoid$|restore_|clear_|stat_clear|stat_force_|stat_reset|stop_making_))/,
    reason: changesState,
  },
  { pattern: /^(brin_(summarize|desummarize)_|gin_clean_)/, reason: 'it maintains indexes' },
];

/** In the contrib modules. */
const moduleBans: readonly Ban[] = [
  { pattern: /^(set_limit|isn_weak)$/, reason: setsSession },
  { pattern: /^(crosstab\d*|connectby|xpath_table)$/, reason: runsText },
  { pattern: /^dblink(_|$)/, reason: 'it runs SQL on another connection' },
  { pattern: /^postgres_fdw_/, reason: 'it has effects outside the statement' },
  { pattern: /^pg_(file_|logdir_ls$|get_logical_snapshot_)/, reason: readsFiles },
  { pattern: /^pg_get_wal_(block|record|stats)/, reason: readsWal },
  {
    pattern:
      /^(get_raw_page|bt_(metap|page_items|page_stats|multi_page_stats)|hash_bitmap_info|heap_force_(freeze|kill)|pg_truncate_visibility_map)$/,
    reason: readsPages,
  },
  {
    pattern: /^(bt_index_(parent_)?check|gin_index_check|verify_heapam)$/,
    reason: 'it locks a table to check it',
  },
  {
    pattern: /^(autoprewarm_|pg_(buffercache_evict|prewarm$|stat_statements_reset$))/,
    reason: changesState,
  },
];

/** Why the function may not be called; `undefined` when it may. Names are as the parser folded them. */
export function findBan(schema: string | undefined, name: string): string | undefined {
  // Modules may be installed in any schema. Other functions in an application's schema belong to the application.
  const bans = schema === undefined || schema === 'pg_catalog' ? [...coreBans, ...moduleBans] : moduleBans;
  return bans.find(({ pattern }) => pattern.test(name))?.reason;
}

/** Views that read what their functions may not read, and a table of the same kind. */
const closedRelations: ReadonlyMap<string, string> = new Map([
  ['pg_file_settings', readsFiles],
  ['pg_hba_file_rules', readsFiles],
  ['pg_ident_file_mappings', readsFiles],
  ['pg_largeobject', 'it contains the large objects of all users'],
]);

/** Why the relation may not be named; `undefined` when it may. */
export function findRelationBan(
  schema: string | undefined,
  name: string,
  access: 'read' | 'insert' | 'update' | 'delete' | 'merge',
): string | undefined {
  if (schema !== undefined && schema !== 'pg_catalog') return undefined;
  // An update of this view is rewritten to set_config.
  if (name === 'pg_settings' && access !== 'read') return setsSession;
  if (schema === 'pg_catalog' && access !== 'read') return "it changes PostgreSQL's own catalogue";
  return closedRelations.get(name);
}
