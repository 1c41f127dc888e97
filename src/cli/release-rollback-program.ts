// The commands of `stk release` that roll back, and the options that every move has.
import { type Command, Option } from 'commander';
import {
  type CommandOptions,
  examples,
  inContext,
  parseTimeout,
  projectOption,
  type ProgramRequest,
  RequiredOption,
} from './command-in-context.ts';
import type { RollbackOptions } from './commands/release/release-rollback.ts';

export function addRollback(release: Command, request: ProgramRequest): void {
  addMoveOptions(
    release
      .command('rollback')
      .description('restore a release that the environment served before; no migration runs')
      .addOption(new RequiredOption('--env <name>', 'environment to move'))
      .option('--to-release-id <id>', 'release to restore (default: the release that was served before)')
      .addOption(
        new Option('--to <which>', 'let the Hub choose the release').choices(['previous', 'last-known-good']),
      )
      .option('--no-hold', 'let automation move the environment forward again')
      .option('--no-incident', 'open no incident'),
  )
    .addHelpText(
      'after',
      examples(
        'stk release rollback --env prod --reason "checkout errors"',
        'stk release rollback --env prod --to last-known-good --dry-run',
        'stk release rollback --env prod --to-release-id v1.0.0 --no-check',
      ),
    )
    .action(
      inContext(
        request,
        async (context, options: RollbackOptions) => {
          const { rollbackRelease } = await import('./commands/release/release-rollback.ts');
          return rollbackRelease(context, options);
        },
        { needsRepo: true },
      ),
    );
  release
    .command('lkg')
    .description('show the last release that is known to be good, and why newer ones do not count')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment'))
    .addHelpText('after', examples('stk release lkg --env prod', 'stk release lkg --env prod --json'))
    .action(
      inContext(
        request,
        async (context, options: CommandOptions & { env: string }) => {
          const { showLastKnownGood } = await import('./commands/release/release-lkg.ts');
          return showLastKnownGood(context, options);
        },
        { mayBeOutside: true },
      ),
    );
}

export function addMoveOptions(command: Command): Command {
  return command
    .addOption(projectOption())
    .option('--reason <text>', 'one line that says why; kept in the commit')
    .option('--author <author>', 'author of the commit, as "Name <mail>" (default: git\'s identity)')
    .option('--dry-run', 'print the plan and the verdict; write nothing')
    .option('--propose', 'push the commit to a new branch for a merge request; move nothing')
    .option(
      '--no-check',
      'skip the check before the commit, and do not wait; the Hub still checks before it serves',
    )
    .option('--no-wait', 'do not wait until the Hub serves it')
    .addOption(
      new Option('--timeout <duration>', 'longest wait for that, such as 30s or 5m')
        .argParser(parseTimeout)
        .default(30_000, '30s'),
    );
}
