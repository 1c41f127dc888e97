// The ledger of Drizzle: one row for each migration with the time of the journal and the SHA-256 of the file.
import { plainEntry, type LedgerReader } from '../ledger.ts';

export const drizzleLedger: LedgerReader = {
  defaultTable: 'drizzle.__drizzle_migrations',
  commands: { up: 'npx drizzle-kit migrate', down: undefined },
  read: async (session, table) => {
    const rows = await session.query(
      `select hash, created_at::text as created from ${table} order by created_at, id`,
    );
    return rows.map(({ hash, created }) => ({
      ...plainEntry,
      key: created ?? '',
      name: created ?? '',
      checksum: hash ?? undefined,
    }));
  },
};
