// A ledger of plain files: a table with the name, the file's name or the version of each migration, and optionally the
// SHA-256 of its file. Also what dbmate writes.
import { StkError } from '../../../kernel/errors.ts';
import { quoteIdentifier } from '../../../kernel/quote-identifier.ts';
import { plainEntry, type LedgerReader } from '../ledger.ts';
import { plainKey } from '../keys.ts';

const nameColumns = ['name', 'filename', 'migration', 'version'];
const checksumColumns = ['sha256', 'checksum', 'hash'];

export const plainLedger: LedgerReader = {
  defaultTable: 'schema_migrations',
  commands: { up: 'your own command for migrations', down: 'your own command that undoes them' },
  read: async (session, table) => {
    const columns = await session.query(
      `select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
      [table],
    );
    const has = new Set(columns.map(({ attname }) => attname));
    const named = nameColumns.find((one) => has.has(one));
    if (named === undefined)
      throw new StkError(
        'indeterminate',
        `${table} has none of the columns ${nameColumns.join(', ')}, which name a migration.`,
      );
    const summed = checksumColumns.find((one) => has.has(one));
    const sum = summed === undefined ? 'null' : quoteIdentifier(summed);
    const name = quoteIdentifier(named);
    const rows = await session.query(
      `select ${name}::text as name, ${sum}::text as checksum from ${table} order by ${name}`,
    );
    return rows.map(({ name: written, checksum }) => ({
      ...plainEntry,
      key: plainKey(written ?? ''),
      name: written ?? '',
      checksum: checksum?.replace(/^\\x/, '') ?? undefined,
    }));
  },
};
