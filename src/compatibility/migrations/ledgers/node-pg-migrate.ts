// The ledger of node-pg-migrate: one row with the file's name, without its ending, for each migration. It keeps no checksum.
import { plainEntry, type LedgerReader } from '../ledger.ts';

export const nodePgMigrateLedger: LedgerReader = {
  defaultTable: 'pgmigrations',
  commands: { up: 'npx node-pg-migrate up', down: 'npx node-pg-migrate down' },
  read: async (session, table) => {
    const rows = await session.query(`select name from ${table} order by run_on, id`);
    return rows.map(({ name }) => ({ ...plainEntry, key: name ?? '', name: name ?? '' }));
  },
};
