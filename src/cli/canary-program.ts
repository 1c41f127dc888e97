// `stk canary`: the commands, their options and their help.
import type { Command } from 'commander';
import {
  examples,
  inContext,
  projectOption,
  RequiredOption,
  type ProgramRequest,
} from './command-in-context.ts';
import type { CanaryAskOptions, CanaryWish } from './commands/canary/canary-ask.ts';
import type { CanaryPromoteOptions } from './commands/canary/canary-promote.ts';
import type { CanaryReplayOptions } from './commands/canary/canary-replay.ts';
import type { CanaryStatusOptions } from './commands/canary/canary-status.ts';
import { addRecordOptions } from './record-options.ts';

const descriptions: Readonly<Record<CanaryWish, string>> = {
  pause: 'keep a canary at its weight: it makes no step and does not pass',
  resume: 'let a paused canary continue',
  abort: 'end a canary: its calls and its pointer go back to the stable release',
};

export function addCanary(program: Command, request: ProgramRequest): void {
  const canary = program.command('canary').description('a share of the calls for a new release');
  canary
    .command('status')
    .description('show each canary and the verdict of each of its gates')
    .addOption(projectOption())
    .option('--env <name>', 'only this canary (default: all)')
    .option('--watch', 'print again after each change, until the canary is over')
    .addHelpText('after', examples('stk canary status', 'stk canary status --env canary --watch'))
    .action(
      inContext(request, async (context, options: CanaryStatusOptions) => {
        const { showCanaries } = await import('./commands/canary/canary-status.ts');
        return showCanaries(context, options);
      }),
    );
  for (const what of ['pause', 'resume', 'abort'] as const) addRequest(canary, request, what);
  addRecordOptions(
    canary
      .command('promote')
      .description('pass a canary whose analysis ended without a verdict')
      .addOption(new RequiredOption('--env <name>', 'the canary environment'))
      .addOption(new RequiredOption('--reason <text>', 'one line that says why')),
  )
    .addHelpText(
      'after',
      examples('stk canary promote --env canary --reason "few calls at night, logs are clean"'),
    )
    .action(
      inContext(
        request,
        async (context, options: CanaryPromoteOptions) => {
          const { promoteCanary } = await import('./commands/canary/canary-promote.ts');
          return promoteCanary(context, options);
        },
        { needsRepo: true },
      ),
    );
  canary
    .command('replay')
    .description('compute every verdict again, from the counts that the Hub stored on this machine')
    .argument('<id>', 'the id that stk canary status --json prints')
    .addOption(projectOption())
    .option('--policy <file>', 'another stk.yaml: what its settings would have decided')
    .option('--state <dir>', "the Hub's state directory (default: the one that the Hub reports)")
    .addHelpText('after', examples('stk canary replay canary-20261129120000-1f3a9c0d --policy stricter.yaml'))
    .action(async function action(this: Command, id: string) {
      await inContext(request, async (context, options: CanaryReplayOptions) => {
        const { replay } = await import('./commands/canary/canary-replay.ts');
        return replay(context, id, options);
      }).call(this);
    });
}

function addRequest(canary: Command, request: ProgramRequest, what: CanaryWish): void {
  canary
    .command(what)
    .description(descriptions[what])
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'the canary environment'))
    .addOption(new RequiredOption('--reason <text>', 'one line that says why'))
    .option('--dry-run', 'show the canary; change nothing')
    .addHelpText('after', examples(`stk canary ${what} --env canary --reason "looking at the logs"`))
    .action(
      inContext(request, async (context, options: CanaryAskOptions) => {
        const { askOfCanary } = await import('./commands/canary/canary-ask.ts');
        return askOfCanary(context, what, options);
      }),
    );
}
