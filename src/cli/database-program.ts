// The commands of `stk db`: connect to an embedded database, and inspect, preview and rehearse migrations.
import { type Command, Option } from 'commander';
import {
  examples,
  inContext,
  projectOption,
  RequiredOption,
  type CommandOptions,
  type ProgramRequest,
} from './command-in-context.ts';
import type { BackupOptions, RestoreOptions } from './commands/db/db-backup.ts';
import type { RehearseOptions } from './commands/db/db-rehearse.ts';
import { addRecordOptions } from './record-options.ts';
import type { PreviewOptions } from './commands/db/db-preview.ts';
import type { MigrationStatusOptions } from './commands/db/db-status.ts';

export function addDatabase(program: Command, request: ProgramRequest): void {
  const db = program.command('db').description('the databases of environments, and their migrations');
  db.command('url')
    .description('print a connection URL for psql or a migration tool')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment'))
    .addOption(stateOption())
    .addHelpText('after', examples('psql "$(stk db url --env dev)"'))
    .action(
      inContext(request, async (context, options: CommandOptions & { env: string }) => {
        const { showDatabaseUrl } = await import('./commands/db/db-url.ts');
        return showDatabaseUrl(context, options);
      }),
    );
  db.command('apply')
    .description('run a SQL file in an embedded database, in one transaction')
    .argument('<file>', 'file of SQL statements')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment'))
    .addOption(stateOption())
    .addHelpText('after', examples('stk db apply migrations/0003_loyalty.sql --env prod'))
    .action(async function action(this: Command, file: string) {
      const { applySqlFile } = await import('./commands/db/db-apply.ts');
      await inContext(request, (context, options: CommandOptions & { env: string }) =>
        applySqlFile(context, file, options),
      ).call(this);
    });
  addStatus(db, request);
  addPreview(db, request);
  addRehearse(db, request);
  addBackup(db, request);
}

function addStatus(db: Command, request: ProgramRequest): void {
  db.command('status')
    .description('list the migrations of an environment: applied, pending, changed, unknown')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment'))
    .option('--release-id <id>', 'release to be served (default: the release that the pointer names)')
    .option('--exit-code', 'exit 3 when something is wrong')
    .addOption(stateOption())
    .addHelpText(
      'after',
      examples('stk db status --env prod', 'stk db status --env prod --release-id v1.2.3'),
    )
    .action(
      inContext(
        request,
        async (context, options: MigrationStatusOptions) => {
          const { showMigrationStatus } = await import('./commands/db/db-status.ts');
          return showMigrationStatus(context, options);
        },
        { needsRepo: true },
      ),
    );
}

function addPreview(db: Command, request: ProgramRequest): void {
  db.command('preview')
    .description(
      'try migrations out in a scratch database: which releases they break, what they lock and rewrite',
    )
    .argument('<files...>', 'migration files')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment'))
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'markdown', 'json']).default('text'),
    )
    .option('--url-from <name>', 'variable with the URL of a server on which a scratch database is made')
    .addOption(stateOption())
    .addHelpText('after', examples('stk db preview migrations/0042_drop_tier.sql --env prod'))
    .action(async function action(this: Command, files: readonly string[]) {
      await inContext(
        request,
        async (context, options: PreviewOptions) => {
          const { previewFiles } = await import('./commands/db/db-preview.ts');
          return previewFiles(context, files, options);
        },
        { needsRepo: true },
      ).call(this);
    });
}

function addRehearse(db: Command, request: ProgramRequest): void {
  addRecordOptions(
    db
      .command('rehearse')
      .description('run up, down, up of a migration in a scratch database, to test its way down')
      .option('--migration <name>', 'the migration, by its name or number (default: the last)')
      .option('--env <name>', 'whose migrations (default: the first environment that has some)')
      .option('--release-id <id>', 'record it for this release (default: those whose migrations.upTo it is)')
      .option('--url-from <name>', 'variable with the URL of a server on which a scratch database is made'),
  )
    .addHelpText('after', examples('stk db rehearse', 'stk db rehearse --migration 0042 --release-id v1.2.3'))
    .action(
      inContext(
        request,
        async (context, options: RehearseOptions) => {
          const { rehearse } = await import('./commands/db/db-rehearse.ts');
          return rehearse(context, options);
        },
        { needsRepo: true },
      ),
    );
}

function addBackup(db: Command, request: ProgramRequest): void {
  db.command('backup')
    .description('write the embedded database to one file; the Hub may be running')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment; the file holds every embedded one'))
    .addOption(new RequiredOption('--to <file>', 'file to write; it must not exist yet'))
    .addOption(stateOption())
    .addHelpText('after', examples('stk db backup --env dev --to dev-2026-11-30.backup'))
    .action(
      inContext(request, async (context, options: BackupOptions) => {
        const { backUp } = await import('./commands/db/db-backup.ts');
        return backUp(context, options);
      }),
    );
  db.command('restore')
    .description('replace the embedded database with a backup; no Hub may be running')
    .argument('<file>', 'file that stk db backup wrote')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment; every embedded one is restored'))
    .option('--replace', 'replace a database that exists; it is kept beside the new one')
    .addOption(stateOption())
    .addHelpText('after', examples('stk db restore dev-2026-11-30.backup --env dev --replace'))
    .action(async function action(this: Command, file: string) {
      await inContext(request, async (context, options: RestoreOptions) => {
        const { restore } = await import('./commands/db/db-backup.ts');
        return restore(context, file, options);
      }).call(this);
    });
}

function stateOption(): Option {
  return new Option('--state <dir>', "the Hub's state directory (default: .stk in the work tree)");
}
