// The ledger of Prisma: one row for each attempt, with the SHA-256 of migration.sql. One that was rolled back does not count;
// one that has not finished failed.
import { plainEntry, type LedgerEntry, type LedgerReader } from '../ledger.ts';

export const prismaLedger: LedgerReader = {
  defaultTable: '_prisma_migrations',
  commands: { up: 'npx prisma migrate deploy', down: undefined },
  read: async (session, table) => {
    const rows = await session.query(
      `select migration_name as name, checksum, (finished_at is null)::text as failed
       from ${table} where rolled_back_at is null order by started_at`,
    );
    const entries = new Map<string, LedgerEntry>();
    for (const { name, checksum, failed } of rows) {
      const key = name ?? '';
      entries.set(key, {
        ...plainEntry,
        key,
        name: key,
        checksum: checksum ?? undefined,
        isFailed: failed === 'true',
      });
    }
    return [...entries.values()];
  },
};
