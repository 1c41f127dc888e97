// The ledger of Rails: one row with the version for each migration. It keeps no checksum.
import { plainEntry, type LedgerReader } from '../ledger.ts';
import { numberKey } from '../keys.ts';

export const railsLedger: LedgerReader = {
  defaultTable: 'schema_migrations',
  commands: { up: 'bin/rails db:migrate', down: 'bin/rails db:rollback' },
  read: async (session, table) => {
    const rows = await session.query(`select version::text as version from ${table} order by version`);
    return rows.map(({ version }) => ({
      ...plainEntry,
      key: numberKey(version ?? ''),
      name: version ?? '',
    }));
  },
};
