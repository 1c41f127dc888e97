// The ledger of Flyway: versioned rows, which an undo removes; repeatable ones by their description; a baseline, before
// which everything counts as applied. Checksums are Flyway's own CRC-32.
import { plainEntry, type LedgerEntry, type LedgerReader } from '../ledger.ts';
import { flywayVersion } from '../keys.ts';

export const flywayLedger: LedgerReader = {
  defaultTable: 'flyway_schema_history',
  commands: { up: 'flyway migrate', down: 'flyway undo' },
  read: async (session, table) => {
    const rows = await session.query(
      `select version, description, type, checksum::text as checksum, success::text as success
       from ${table} order by installed_rank`,
    );
    const entries = new Map<string, LedgerEntry>();
    for (const row of rows) {
      const { version = null, description = null, type = null, checksum = null, success } = row;
      // A row for the schema itself, or for a migration that `flyway repair` removed.
      if (type === 'SCHEMA') continue;
      const key = version === null ? `R ${description ?? ''}` : flywayVersion(version);
      if (type?.startsWith('UNDO') === true || type === 'DELETE') {
        if (success === 'true') entries.delete(key);
        continue;
      }
      const name = version ?? description ?? '';
      // Also SQL_BASELINE and the like, for migrations that replace earlier ones.
      const isBaseline = type?.endsWith('BASELINE') === true;
      entries.set(key, {
        ...plainEntry,
        key,
        name,
        checksum: isBaseline ? undefined : (checksum ?? undefined),
        isFailed: success !== 'true',
        coversEarlier: isBaseline,
      });
    }
    return [...entries.values()];
  },
};
