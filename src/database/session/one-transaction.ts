// Runs a file of SQL whole or not at all, over any client: PostgreSQL itself refuses when the file ends the transaction
// that it runs in. Pure texts; who sends them is not decided here.

/** SQLSTATEs with which a file is refused that ends its transaction: by COMMIT, and by going on after ROLLBACK. */
const endedStates: ReadonlySet<string> = new Set(['2D000', '25006']);

/**
 * A deferred trigger fires at COMMIT, and refuses while the file is not done. Whatever follows a ROLLBACK finds itself in
 * a read-only transaction.
 */
export const beginFile: readonly string[] = [
  // By itself: as part of the transaction, a ROLLBACK would take it back.
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

/** Fails with one of the states above when the transaction of `beginFile` is not the one that is open. */
export const endFile = `
  do $end$ begin
    if to_regclass('pg_temp.stk_one_transaction') is null then
      raise exception 'the file ends the transaction that it runs in' using errcode = '2D000';
    end if;
  end $end$;
  set local stk.file_is_done = 'yes';
  commit;
  reset default_transaction_read_only;`;

/** Whether a failure of the file says that it tried to end its transaction. */
export function saysFileEnded(sqlstate: string | undefined): boolean {
  return sqlstate !== undefined && endedStates.has(sqlstate);
}
