// The pipeline's commands in `stk release`: gates, why, diff, hotfix, vetoes.
import type { Command } from 'commander';
import {
  collectNames,
  examples,
  inContext,
  projectOption,
  RequiredOption,
  type ProgramRequest,
} from './command-in-context.ts';
import type { GatesOptions } from './commands/release/release-gates.ts';
import type { HotfixOptions } from './commands/release/release-hotfix.ts';
import type { WhyOptions } from './commands/release/release-why.ts';
import type { VetoOptions } from './commands/veto.ts';
import { addCommitOptions } from './record-options.ts';
import type { CommitOptions } from './govern/commit-stop.ts';

const opensRepo = { needsRepo: true };

export function addReleaseGovernance(release: Command, request: ProgramRequest): void {
  addQuestions(release, request);
  addHotfix(release, request);
  addVetoes(release, request);
}

/** The option with which a forward move passes a freeze. */
export function addOverrideOption(command: Command): Command {
  return command.option(
    '--override-freeze <name>',
    'pass this freeze; needs a role of freeze.override and --reason; may be given again',
    collectNames,
  );
}

function addQuestions(release: Command, request: ProgramRequest): void {
  const author = [
    '--author <author>',
    'who would move it, as "Name <mail>" (default: git\'s identity)',
  ] as const;
  release
    .command('gates')
    .description('show the verdict of each gate of an environment; exit 0 if all pass, else 3')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment'))
    .option('--release-id <id>', 'release (default: the release that the pointer names)')
    .option(...author)
    .option('--watch', 'keep showing changes until all gates pass')
    .addHelpText(
      'after',
      examples(
        'stk release gates --env canary',
        'stk release gates --env canary --release-id v1.2.3 --watch',
      ),
    )
    .action(
      inContext(request, async (context, options: GatesOptions & { watch?: boolean }) => {
        if (options.watch === true) {
          const { watchGates } = await import('./commands/release/gates-watch.ts');
          return watchGates(context, options);
        }
        const { showGates } = await import('./commands/release/release-gates.ts');
        return showGates(context, options);
      }),
    );
  release
    .command('why')
    .description('explain why a release is not served: each gate, what is missing, which command helps')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment'))
    .option('--release-id <id>', 'release (default: the release that the pointer names)')
    .option(...author)
    .addHelpText('after', examples('stk release why --env production'))
    .action(
      inContext(request, async (context, options: WhyOptions) => {
        const { explainRelease } = await import('./commands/release/release-why.ts');
        return explainRelease(context, options);
      }),
    );
  release
    .command('diff')
    .description('compare two releases: schema, permissions, config, operations')
    .argument('<from>', 'the older release')
    .argument('<to>', 'the newer release')
    .addOption(projectOption())
    .addHelpText('after', examples('stk release diff v1.2.2 v1.2.3', 'stk release diff v1.2.2 v1.2.3 --json'))
    .action(async function action(this: Command, from: string, to: string) {
      await inContext(
        request,
        async (context) => {
          const { showReleaseDiff } = await import('./commands/release/release-diff.ts');
          return showReleaseDiff(context, from, to);
        },
        opensRepo,
      ).call(this);
    });
}

function addHotfix(release: Command, request: ProgramRequest): void {
  addOverrideOption(
    addCommitOptions(
      release
        .command('hotfix')
        .description('promote a hotfix: it skips some gates and waits for its approvals')
        .argument('<id>', 'release')
        .addOption(new RequiredOption('--to <name>', 'environment to move'))
        .addOption(new RequiredOption('--reason <text>', 'one line that says why'))
        .option('--approver <mail>', 'person to ask for approval; may be given again', collectNames)
        .option('--no-check', 'skip the check before the commit; the Hub still checks before it serves'),
    ),
  )
    .addHelpText(
      'after',
      examples(
        'stk release hotfix v1.2.4 --to production --reason "orders are lost" --approver ada@example.com',
      ),
    )
    .action(async function action(this: Command, id: string) {
      await inContext(
        request,
        async (context, options: Omit<HotfixOptions, 'wait' | 'timeout'>) => {
          const { hotfixRelease } = await import('./commands/release/release-hotfix.ts');
          return hotfixRelease(context, id, { ...options, wait: false, timeout: 0 });
        },
        opensRepo,
      ).call(this);
    });
}

function addVetoes(release: Command, request: ProgramRequest): void {
  addCommitOptions(
    release
      .command('veto')
      .description('forbid a release: no promotion and no rollback may use it')
      .argument('<id>', 'release')
      .addOption(new RequiredOption('--reason <text>', 'one line that says why')),
  )
    .addHelpText('after', examples('stk release veto v1.2.3 --reason "loses orders"'))
    .action(async function action(this: Command, id: string) {
      await inContext(
        request,
        async (context, options: VetoOptions) => {
          const { vetoRelease } = await import('./commands/veto.ts');
          return vetoRelease(context, id, options);
        },
        opensRepo,
      ).call(this);
    });
  addCommitOptions(release.command('unveto').description('lift a veto').argument('<id>', 'release'))
    .addHelpText('after', examples('stk release unveto v1.2.3'))
    .action(async function action(this: Command, id: string) {
      await inContext(
        request,
        async (context, options: CommitOptions) => {
          const { unvetoRelease } = await import('./commands/veto.ts');
          return unvetoRelease(context, id, options);
        },
        opensRepo,
      ).call(this);
    });
}
