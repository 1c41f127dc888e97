// The reader of each tool's ledger. A new tool needs a file beside this one, a line here and one in migration-set.ts.
import type { MigrationTool } from '../../../model/migration.ts';
import type { LedgerReader } from '../ledger.ts';
import { drizzleLedger } from './drizzle.ts';
import { flywayLedger } from './flyway.ts';
import { golangMigrateLedger } from './golang-migrate.ts';
import { nodePgMigrateLedger } from './node-pg-migrate.ts';
import { plainLedger } from './plain.ts';
import { prismaLedger } from './prisma.ts';
import { railsLedger } from './rails.ts';

export const ledgerReaders: Readonly<Record<MigrationTool, LedgerReader>> = {
  'node-pg-migrate': nodePgMigrateLedger,
  flyway: flywayLedger,
  'golang-migrate': golangMigrateLedger,
  rails: railsLedger,
  prisma: prismaLedger,
  drizzle: drizzleLedger,
  plain: plainLedger,
};
