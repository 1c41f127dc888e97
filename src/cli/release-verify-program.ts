// The command `stk release verify`, its options and its help.
import { type Command, Option } from 'commander';
import {
  examples,
  inContext,
  parseTimeout,
  projectOption,
  RequiredOption,
  type ProgramRequest,
} from './command-in-context.ts';
import type { VerifyOptions } from './commands/release/release-verify.ts';

export function addVerify(release: Command, request: ProgramRequest): void {
  release
    .command('verify')
    .description('check that all replicas of the Hub and all services run the release; exit 3 if not')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment'))
    .option('--run-commands', 'run the commands of the services in stk.yaml')
    .option('--send-token', 'send STK_TOKEN to the replicas in stk.yaml')
    .option('--watch', 'repeat until all of them do')
    .addOption(
      new Option('--timeout <duration>', 'longest wait of --watch, such as 90s')
        .default(300_000, '5m')
        .argParser(parseTimeout),
    )
    .addHelpText(
      'after',
      examples('stk release verify --env prod', 'stk release verify --env prod --watch --timeout 5m'),
    )
    .action(
      inContext(
        request,
        async (context, options: VerifyOptions) => {
          const { verifyRelease } = await import('./commands/release/release-verify.ts');
          return verifyRelease(context, options);
        },
        { needsRepo: true },
      ),
    );
}
