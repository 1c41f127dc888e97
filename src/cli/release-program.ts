// The commands of `stk release`, their options and their help.
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  examples,
  inContext,
  projectOption,
  RequiredOption,
  type CommandOptions,
  type ProgramRequest,
} from './command-in-context.ts';
import { addMoveOptions, addRollback } from './release-rollback-program.ts';
import { addOverrideOption, addReleaseGovernance } from './release-govern-program.ts';
import { addNotes } from './release-notes-program.ts';
import { addVerify } from './release-verify-program.ts';
import { mostMatrixReleases, mostReleases } from './command-limits.ts';
import type { CheckOptions } from './commands/release/release-check.ts';
import type { CutOptions } from './repo/cut-source.ts';
import type { MatrixOptions } from './commands/release/release-matrix.ts';
import type { PromoteOptions } from './commands/release/release-promote.ts';

const opensRepo = { needsRepo: true };

export function addRelease(program: Command, request: ProgramRequest): void {
  const release = program
    .command('release')
    .description('cut, promote, roll back, inspect and check releases');
  addOverrideOption(
    addMoveOptions(
      release
        .command('promote')
        .description(
          "copy a release to an environment's pointer; refused if it does not fit the database there",
        )
        .option(
          '--from <name>',
          'environment whose release is copied; it must serve the release of its pointer',
        )
        .addOption(new RequiredOption('--to <name>', 'environment to move'))
        .option('--release-id <id>', 'release to promote, in place of --from')
        .option('--when-ready', 'commit now; the move takes effect when its gates pass; do not wait'),
    ),
  )
    .addHelpText(
      'after',
      examples(
        'stk release promote --from dev --to prod',
        'stk release promote --project shop --to prod --release-id v1.1.0',
        'stk release promote --from dev --to prod --dry-run',
        'stk release promote --from staging --to canary --when-ready',
      ),
    )
    .action(
      inContext(
        request,
        async (context, options: PromoteOptions) => {
          const { promoteRelease } = await import('./commands/release/release-promote.ts');
          return promoteRelease(context, options);
        },
        opensRepo,
      ),
    );
  addRollback(release, request);
  release
    .command('current')
    .description('show the release that an environment should serve, and the release that it serves')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment'))
    .addHelpText(
      'after',
      examples('stk release current --env prod', 'stk release current --project shop --env dev --json'),
    )
    .action(
      inContext(
        request,
        async (context, options: CommandOptions & { env: string }) => {
          const { showCurrentRelease } = await import('./commands/release/release-current.ts');
          return showCurrentRelease(context, options);
        },
        { mayBeOutside: true },
      ),
    );
  release
    .command('list')
    .description('list every release, newest first')
    .addOption(projectOption())
    .option('--env <name>', 'mark the release that this environment should serve')
    .option('--limit <n>', 'show at most this many', parseLimit, 20)
    .addHelpText(
      'after',
      examples('stk release list --env prod', 'stk release list --project shop --env dev --limit 20 --json'),
    )
    .action(
      inContext(request, async (context, options: CommandOptions & { env?: string; limit: number }) => {
        const { listReleases } = await import('./commands/release/release-list.ts');
        return listReleases(context, options);
      }),
    );
  release
    .command('check')
    .description('check whether a release fits a database; write nothing')
    .addOption(projectOption())
    .option('--env <name>', 'environment')
    .option('--release-id <id>', 'id of a release in the config repo')
    .option('--file <path>', 'release document on this machine')
    .option('--base <ref>', 'check every pointer that changed since this commit')
    .option('--head <ref>', 'with --base: the end of the range (default: HEAD)', 'HEAD')
    .option('--all', 'check every release: which ones could the environment be rolled back to now?')
    .option('--limit <n>', 'with --all: check only the newest N (at most 100)', parseMatrixLimit, 25)
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'markdown', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      examples(
        'stk release check --env prod --release-id v1.1.0',
        'stk release check --env prod --file releases/v1.2.0.yaml',
        'stk release check --base origin/main --format markdown',
        'stk release check --env prod --all',
      ),
    )
    .action(
      inContext(request, async (context, options: CheckOptions & MatrixOptions & { all?: boolean }) => {
        if (options.all === true) {
          const { checkEveryRelease } = await import('./commands/release/release-matrix.ts');
          return checkEveryRelease(context, options);
        }
        const { checkReleases } = await import('./commands/release/release-check.ts');
        return checkReleases(context, options);
      }),
    );
  addCut(release, request);
  addVerify(release, request);
  addNotes(release, request);
  addReleaseGovernance(release, request);
}

function addCut(release: Command, request: ProgramRequest): void {
  release
    .command('cut')
    .description('make a release from an application: measure what it needs, write its file, commit it')
    .argument('<id>', 'id of the new release, such as v1.2.0')
    .addOption(projectOption())
    .addOption(
      new RequiredOption('--app <dir>', 'folder with release.yaml, migrations/ and the SQL files it names'),
    )
    .option('--ref <ref>', "the application's git ref, recorded as given (default: HEAD of the folder)")
    .option(
      '--schema-from <env>',
      "take the schema from this environment's live database, not from migrations/",
    )
    .option('--state <dir>', "the Hub's state directory, with --schema-from (default: .stk in the work tree)")
    .option('--created-at <time>', 'RFC 3339 (default: SOURCE_DATE_EPOCH, then when the ref was committed)')
    .option('--tag', 'tag the commit with the id')
    .option('--require-clean', 'refuse while the folder has uncommitted changes')
    .option('--no-commit', 'write the file without a commit')
    .option('--author <author>', 'author of the commit, as "Name <mail>" (default: git\'s identity)')
    .option('--dry-run', 'print the release; write nothing')
    .addHelpText(
      'after',
      examples(
        'stk release cut v1.2.0 --app ../shop-app --tag',
        'stk release cut v1.2.0 --app ../shop-app --schema-from dev --no-commit',
      ),
    )
    .action(async function action(this: Command, id: string) {
      const { cutRelease } = await import('./commands/release/release-cut.ts');
      await inContext(request, (context, options: CommandOptions & CutOptions) =>
        cutRelease(context, id, options),
      ).call(this);
    });
}

const parseLimit = limitUpTo(mostReleases);
const parseMatrixLimit = limitUpTo(mostMatrixReleases);

function limitUpTo(most: number): (text: string) => number {
  return (text) => {
    const limit = Number(text);
    if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
    throw new InvalidArgumentError(`Give a whole number from 1 to ${most}.`);
  };
}
