// `stk auto`: its commands, their options and their help.
import type { Command } from 'commander';
import { examples, inContext, projectOption, type ProgramRequest } from './command-in-context.ts';
import type { AutoStatusOptions } from './commands/auto-status.ts';

export function addAuto(program: Command, request: ProgramRequest): void {
  const auto = program.command('auto').description('automatic promotions by the Hub');
  auto
    .command('status')
    .description('when the Hub promotes next, and what it would do now, with the reason')
    .addOption(projectOption())
    .option('--env <name>', 'only this environment (default: all with "auto")')
    .addHelpText('after', examples('stk auto status', 'stk auto status --env stable --json'))
    .action(
      inContext(request, async (context, options: AutoStatusOptions) => {
        const { showAuto } = await import('./commands/auto-status.ts');
        return showAuto(context, options);
      }),
    );
}
