// The command `stk release notes`, its options and its help.
import type { Command } from 'commander';
import { examples, inContext, projectOption, type ProgramRequest } from './command-in-context.ts';
import type { NotesOptions } from './commands/release/release-notes.ts';

export function addNotes(release: Command, request: ProgramRequest): void {
  release
    .command('notes')
    .description('release notes: scope, risk, validation, rollback, from the release and its records')
    .argument('<id>', 'release')
    .addOption(projectOption())
    .option('--since <id>', 'release to compare with (default: the one that was added before it)')
    .option('--remote <name>', 'remote of the records branch')
    .addHelpText('after', examples('stk release notes v1.2.3', 'stk release notes v1.2.3 --since v1.2.2'))
    .action(async function action(this: Command, id: string) {
      await inContext(
        request,
        async (context, options: NotesOptions) => {
          const { showReleaseNotes } = await import('./commands/release/release-notes.ts');
          return showReleaseNotes(context, id, options);
        },
        { needsRepo: true },
      ).call(this);
    });
}
