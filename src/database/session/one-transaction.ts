// Runs a file of SQL completely or not at all, for any client: PostgreSQL itself refuses when the file ends the
// transaction that it runs in. Only texts; the caller sends them.

/** SQLSTATEs when a file ends its transaction: by COMMIT, and by continuing after ROLLBACK. */
const endedStates: ReadonlySet<string> = new Set(['2D000', '25006']);

/**
 * A deferred trigger fires at COMMIT, and refuses while the file is not done. Statements after a ROLLBACK run in a
 * read-only transaction.
 */
export const beginFile: readonly string[] = [
  // Separate: inside the transaction, a ROLLBACK would undo it.
  'set default_transaction_read_only = on',
  `begin read write;
  create function pg_temp.stk_refuse_end() returns trigger language plpgsql as $refuse$
  begin
    if current_setting('stk.file_is_done', true) is distinct from 'yes' then
      raise exception 'the file ends the transaction that it runs in' using errcode = '2D000';
    end if;
    return null;
  end $refuse$;
  create temp table stk_one_transaction (is_open boolean) on commit drop;
  create constraint trigger stk_refuse_end after insert on pg_temp.stk_one_transaction
    deferrable initially deferred for each row execute function pg_temp.stk_refuse_end();
  insert into pg_temp.stk_one_transaction values (true);`,
];

/** Fails with one of the states above when the open transaction is not that of `beginFile`. */
export const endFile = `
  do $end$ begin
    if to_regclass('pg_temp.stk_one_transaction') is null then
      raise exception 'the file ends the transaction that it runs in' using errcode = '2D000';
    end if;
  end $end$;
  set local stk.file_is_done = 'yes';
  commit;
  reset default_transaction_read_only;`;

/** Whether a failure of the file means that it tried to end its transaction. */
export function saysFileEnded(sqlstate: string | undefined): boolean {
  return sqlstate !== undefined && endedStates.has(sqlstate);
}
