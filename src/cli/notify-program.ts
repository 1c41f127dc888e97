// The commands of `stk notify`, their options and their help.
import type { Command } from 'commander';
import { examples, inContext, projectOption, type ProgramRequest } from './command-in-context.ts';
import type { NotifyOptions } from './commands/notify.ts';

const environmentOption = ['--env <name>', 'use the Hub of this environment'] as const;

export function addNotify(program: Command, request: ProgramRequest): void {
  const notify = program.command('notify').description('notifications that no target acknowledged yet');
  notify
    .command('list')
    .description('list notifications that wait, and those given up after an hour')
    .addOption(projectOption())
    .option(...environmentOption)
    .addHelpText('after', examples('stk notify list'))
    .action(
      inContext(request, async (context, options: NotifyOptions) => {
        const { listNotifications } = await import('./commands/notify.ts');
        return listNotifications(context, options);
      }),
    );
  notify
    .command('retry')
    .description('send again the notifications that were given up')
    .argument('[id]', 'notification (default: all of them)')
    .addOption(projectOption())
    .option(...environmentOption)
    .addHelpText('after', examples('stk notify retry'))
    .action(async function action(this: Command, id: string | undefined) {
      const { retryNotifications } = await import('./commands/notify.ts');
      await inContext(request, (context, options: NotifyOptions) =>
        retryNotifications(context, id, options),
      ).call(this);
    });
}
