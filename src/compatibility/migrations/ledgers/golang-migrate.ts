// The ledger of golang-migrate: one row with the newest version, and whether its migration failed. Every earlier version
// counts as applied.
import { plainEntry, type LedgerReader } from '../ledger.ts';
import { numberKey } from '../keys.ts';

export const golangMigrateLedger: LedgerReader = {
  defaultTable: 'schema_migrations',
  commands: {
    up: 'migrate -path DIR -database "$URL" up',
    down: 'migrate -path DIR -database "$URL" down 1',
  },
  read: async (session, table) => {
    const rows = await session.query(`select version::text as version, dirty::text as dirty from ${table}`);
    return rows.flatMap(({ version, dirty }) =>
      version === undefined || version === null
        ? []
        : [
            {
              ...plainEntry,
              key: numberKey(version),
              name: version,
              isFailed: dirty === 'true',
              coversEarlier: true,
            },
          ],
    );
  },
};
