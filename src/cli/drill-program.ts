// `stk drill`: the commands, their options and their help.
import { type Command, Option } from 'commander';
import {
  examples,
  inContext,
  parseTimeout,
  projectOption,
  RequiredOption,
  type ProgramRequest,
} from './command-in-context.ts';
import type { DrillOptions } from './commands/incident/drill.ts';
import type { DrillDueOptions } from './commands/incident/drill-due.ts';
import { remoteOption } from './record-options.ts';

const opensRepo = { needsRepo: true };

export function addDrill(program: Command, request: ProgramRequest): void {
  const drill = program
    .command('drill')
    .description('rehearse a rollback for real: back to last-known-good and forward again');
  addWayOptions(
    drill
      .command('run')
      .description('roll back to last-known-good and forward again, verify both, measure, and record')
      .option('--yes-really <name>', 'the environment, to confirm a drill in the last environment'),
  )
    .addHelpText(
      'after',
      examples('stk drill run --env staging', 'stk drill run --env production --yes-really production'),
    )
    .action(
      inContext(
        request,
        async (context, options: DrillOptions) => {
          const { runDrill } = await import('./commands/incident/drill.ts');
          return runDrill(context, options);
        },
        opensRepo,
      ),
    );
  addWayOptions(drill.command('resume').description('end an interrupted drill; exit 4 when there is none'))
    .addHelpText('after', examples('stk drill resume --env staging'))
    .action(
      inContext(
        request,
        async (context, options: DrillOptions) => {
          const { resumeDrill } = await import('./commands/incident/drill.ts');
          return resumeDrill(context, options);
        },
        opensRepo,
      ),
    );
  drill
    .command('due')
    .description(
      'list served releases that were never drilled in their environment, and drills that were interrupted',
    )
    .addOption(projectOption())
    .option('--env <name>', 'only this environment (default: those that another one names in from)')
    .option('--exit-code', 'exit 3 when one is due')
    .addOption(remoteOption())
    .addHelpText('after', examples('stk drill due', 'stk drill due --env staging --exit-code'))
    .action(
      inContext(
        request,
        async (context, options: DrillDueOptions) => {
          const { showDue } = await import('./commands/incident/drill-due.ts');
          return showDue(context, options);
        },
        opensRepo,
      ),
    );
}

function addWayOptions(command: Command): Command {
  return command
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment'))
    .option('--author <author>', 'author of the commits, as "Name <mail>" (default: git\'s identity)')
    .addOption(remoteOption())
    .addOption(
      new Option('--timeout <duration>', 'longest wait for each way, such as 90s')
        .default(120_000, '2m')
        .argParser(parseTimeout),
    );
}
