// The commands, their options and their help. Each command's work is loaded when it is called, so that none pays for
// the others.
import { Command, InvalidArgumentError, Option } from 'commander';
import { StkError } from '../model/errors.ts';
import { parseDuration } from '../model/units.ts';
import { longestWaitMs, mostMatrixReleases, mostReleases } from './command-limits.ts';
import type { CheckOptions } from './commands/release-check.ts';
import type { MatrixOptions } from './commands/release-matrix.ts';
import type { CutOptions } from './commands/release-cut.ts';
import type { PromoteOptions } from './commands/release-promote.ts';
import type { RollbackOptions } from './commands/release-rollback.ts';
import type { CommandContext, GlobalOptions } from './context.ts';
import type { Output } from './output.ts';
import { logLevels, type CliServices } from './services.ts';

export interface ProgramRequest {
  readonly services: CliServices;
  readonly output: Output;
  /** Told the exit code of the command that ran. */
  onExit(code: number): void;
}

interface CommandOptions extends GlobalOptions {
  readonly project?: string;
}

/** The whole command line; errors are thrown: StkError by commands, CommanderError by the parser. */
export function buildProgram(request: ProgramRequest): Command {
  const { services, output } = request;
  const program = new Command('stk')
    .description('Moves releases between environments by moving pointers in git.')
    .version(services.version, '-V, --version')
    .option('--repo <path>', 'config repo (default: the nearest one above the working directory)')
    .option('--hub <url>', 'address of the Hub (default: STK_HUB, then stk.yaml, then http://127.0.0.1:8080)')
    .option('--json', 'print the result as JSON on stdout')
    .showHelpAfterError('(add --help for what it takes)')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void services.stdout.write(text),
      writeErr: (text) => output.narrate(text.trimEnd()),
    })
    .addHelpText(
      'after',
      `
Examples:
  stk init shop && cd shop && stk hub
  stk release promote --from dev --to prod
  stk release rollback --env prod --to-release-id v1.0.0 --reason "checkout errors"
  stk status

Exit codes: 0 done, 1 internal error, 2 usage, 3 refused, 4 not found, 5 unavailable or not served in time.
Variables: STK_HUB (address), STK_TOKEN (sent only to a Hub named by --hub or STK_HUB), STK_GIT_TOKEN, NO_COLOR.`,
    );
  addHub(program, request);
  addInit(program, request);
  addStatus(program, request);
  addDatabase(program, request);
  addRelease(program, request);
  return program;
}

/** Runs a command on the config repo and closes what it opened. `O`: what the parser makes of the command's options. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the parser's result once for each command
function inContext<O extends object>(
  { services, output, onExit }: ProgramRequest,
  run: (context: CommandContext, options: O) => Promise<number>,
  { needsRepo = false } = {},
): (this: Command) => Promise<void> {
  return async function action(this: Command) {
    const { openContext } = await import('./context.ts');
    const options = this.optsWithGlobals<O & CommandOptions>();
    const context = await openContext({ services, output, options, needsRepo });
    try {
      onExit(await run(context, options));
    } finally {
      await context.close();
    }
  };
}

function addHub(program: Command, { services, onExit }: ProgramRequest): void {
  program
    .command('hub')
    .description('serve the config repo: follow its branch and answer calls')
    .option('--ref <branch>', 'branch to follow (default: the one that HEAD names)')
    .option('--env <name>', 'serve only this environment; may be given again', collect)
    .option('--listen <host:port>', 'where to listen', '127.0.0.1:8080')
    .option('--state <dir>', 'state directory (default: .stk in the work tree)')
    .option('--open', 'serve without authentication although the listener is not loopback')
    .option('--auth-file <file>', 'take the auth settings from this file, which no commit can change')
    .addOption(new Option('--log-level <level>', 'what to log').choices(logLevels).default('info'))
    .addHelpText(
      'after',
      examples(
        'stk hub',
        'stk hub --repo https://git.example.com/shop.git --ref main --env prod',
        'stk hub --listen 0.0.0.0:8080 --auth-file /etc/stk/auth.yaml',
      ),
    )
    .action(async function action(this: Command) {
      const { startHub } = await import('./commands/hub.ts');
      onExit(await startHub(services, this.optsWithGlobals()));
    });
}

function addInit(program: Command, { services, output, onExit }: ProgramRequest): void {
  program
    .command('init')
    .description('make a new config repo that serves at once')
    .argument('<dir>', 'folder to make; it must be empty or absent')
    .option('--project <name>', "the project's name (default: the folder's)")
    .option('--author <author>', 'author of the first commit, as "Name <mail>"')
    .addHelpText('after', examples('stk init shop', 'stk init ./configs/shop --project shop'))
    .action(async function action(this: Command, directory: string) {
      const { initConfigRepo } = await import('./commands/init.ts');
      onExit(await initConfigRepo({ services, output }, directory, this.optsWithGlobals()));
    });
}

function addStatus(program: Command, request: ProgramRequest): void {
  program
    .command('status')
    .description('what each environment should serve and what it serves, and why they differ')
    .addOption(projectOption())
    .option('--env <name>', 'only this environment')
    .addHelpText('after', examples('stk status', 'stk status --env prod --json'))
    .action(
      inContext(request, async (context, options: CommandOptions & { env?: string }) => {
        const { showStatus } = await import('./commands/status.ts');
        return showStatus(context, options);
      }),
    );
}

function addDatabase(program: Command, request: ProgramRequest): void {
  const db = program.command('db').description("reach an embedded environment's database while the Hub runs");
  db.command('url')
    .description('print a connection URL for psql or a migration tool')
    .addOption(projectOption())
    .requiredOption('--env <name>', 'environment')
    .option('--state <dir>', "the Hub's state directory (default: .stk in the work tree)")
    .addHelpText('after', examples('psql "$(stk db url --env dev)"'))
    .action(
      inContext(request, async (context, options: CommandOptions & { env: string }) => {
        const { showDatabaseUrl } = await import('./commands/db-url.ts');
        return showDatabaseUrl(context, options);
      }),
    );
  db.command('apply')
    .description('run a SQL file in an embedded database, in one transaction')
    .argument('<file>', 'file of SQL statements')
    .addOption(projectOption())
    .requiredOption('--env <name>', 'environment')
    .option('--state <dir>', "the Hub's state directory (default: .stk in the work tree)")
    .addHelpText('after', examples('stk db apply migrations/0003_loyalty.sql --env prod'))
    .action(async function action(this: Command, file: string) {
      const { applySqlFile } = await import('./commands/db-apply.ts');
      await inContext(request, (context, options: CommandOptions & { env: string }) =>
        applySqlFile(context, file, options),
      ).call(this);
    });
}

const opensRepo = { needsRepo: true };

function addRelease(program: Command, request: ProgramRequest): void {
  const release = program
    .command('release')
    .description('cut, promote, roll back, look at and check releases');
  addMoveOptions(
    release
      .command('promote')
      .description(
        "copy a release to an environment's pointer; refused if it does not fit the database there",
      )
      .option('--from <name>', 'environment whose release is copied; it must serve what it should')
      .requiredOption('--to <name>', 'environment to move')
      .option('--release-id <id>', 'release to promote, in place of --from'),
  )
    .addHelpText(
      'after',
      examples(
        'stk release promote --from dev --to prod',
        'stk release promote --project shop --to prod --release-id v1.1.0',
        'stk release promote --from dev --to prod --dry-run',
      ),
    )
    .action(
      inContext(
        request,
        async (context, options: PromoteOptions) => {
          const { promoteRelease } = await import('./commands/release-promote.ts');
          return promoteRelease(context, options);
        },
        opensRepo,
      ),
    );
  addMoveOptions(
    release
      .command('rollback')
      .description('restore a release that the environment named before; no migration runs')
      .requiredOption('--env <name>', 'environment to move')
      .requiredOption('--to-release-id <id>', 'release to restore'),
  )
    .addHelpText(
      'after',
      examples(
        'stk release rollback --env prod --to-release-id v1.0.0 --reason "checkout errors"',
        'stk release rollback --env prod --to-release-id v1.0.0 --no-check',
      ),
    )
    .action(
      inContext(
        request,
        async (context, options: RollbackOptions) => {
          const { rollbackRelease } = await import('./commands/release-rollback.ts');
          return rollbackRelease(context, options);
        },
        opensRepo,
      ),
    );
  release
    .command('current')
    .description('the release that an environment should serve, and the one it serves')
    .addOption(projectOption())
    .requiredOption('--env <name>', 'environment')
    .addHelpText(
      'after',
      examples('stk release current --env prod', 'stk release current --project shop --env dev --json'),
    )
    .action(
      inContext(request, async (context, options: CommandOptions & { env: string }) => {
        const { showCurrentRelease } = await import('./commands/release-current.ts');
        return showCurrentRelease(context, options);
      }),
    );
  release
    .command('list')
    .description('every release, newest first')
    .addOption(projectOption())
    .option('--env <name>', 'mark the release that this environment names')
    .option('--limit <n>', 'show at most so many', parseLimit, 20)
    .addHelpText(
      'after',
      examples('stk release list --env prod', 'stk release list --project shop --env dev --limit 20 --json'),
    )
    .action(
      inContext(request, async (context, options: CommandOptions & { env?: string; limit: number }) => {
        const { listReleases } = await import('./commands/release-list.ts');
        return listReleases(context, options);
      }),
    );
  release
    .command('check')
    .description('ask the Hub whether a release fits an environment; writes nothing')
    .addOption(projectOption())
    .option('--env <name>', 'environment')
    .option('--release-id <id>', 'release that the Hub knows')
    .option('--file <path>', 'release document on this machine')
    .option('--base <ref>', 'check every pointer that changed since this commit')
    .option('--head <ref>', 'the changed side, with --base', 'HEAD')
    .option('--all', 'every release: where could the environment be rolled back to right now?')
    .option('--limit <n>', 'with --all: the newest so many (at most 100)', parseMatrixLimit, 25)
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
          const { checkEveryRelease } = await import('./commands/release-matrix.ts');
          return checkEveryRelease(context, options);
        }
        const { checkReleases } = await import('./commands/release-check.ts');
        return checkReleases(context, options);
      }),
    );
  addCut(release, request);
}

function addCut(release: Command, request: ProgramRequest): void {
  release
    .command('cut')
    .description('make a release out of an application: measure what it needs, write and commit its one file')
    .argument('<id>', 'id of the new release, such as v1.2.0')
    .addOption(projectOption())
    .requiredOption('--app <dir>', 'folder with release.yaml, migrations/ and the SQL files it names')
    .option('--ref <ref>', "the application's git ref, recorded as given (default: HEAD of the folder)")
    .option(
      '--schema-from <env>',
      "take the schema from this environment's live database, not from migrations/",
    )
    .option('--state <dir>', "the Hub's state directory, with --schema-from (default: .stk in the work tree)")
    .option('--created-at <time>', 'RFC 3339 (default: SOURCE_DATE_EPOCH, then when the ref was committed)')
    .option('--tag', 'tag the commit with the id')
    .option('--no-commit', 'only write the file')
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
      const { cutRelease } = await import('./commands/release-cut.ts');
      await inContext(request, (context, options: CommandOptions & CutOptions) =>
        cutRelease(context, id, options),
      ).call(this);
    });
}

function addMoveOptions(command: Command): Command {
  return command
    .addOption(projectOption())
    .option('--reason <text>', 'one line that says why; kept in the commit')
    .option('--author <author>', 'author of the commit, as "Name <mail>" (default: git\'s identity)')
    .option('--dry-run', 'print the plan and the verdict; write nothing')
    .option('--no-check', 'do not ask the Hub first, nor wait for it; it still checks before it serves')
    .option('--no-wait', 'do not wait until the Hub serves it')
    .addOption(
      new Option('--timeout <duration>', 'how long to wait for that, e.g. 30s, 5m')
        .argParser(parseTimeout)
        .default(30_000, '30s'),
    );
}

function projectOption(): Option {
  return new Option('--project <name>', "the project; must be the config repo's own");
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms > longestWaitMs)
    throw new InvalidArgumentError('Write it as 500ms, 30s, 5m or 2h; at most 24h.');
  return ms;
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

/** What the parser threw, as an error of ours; undefined: help or the version was asked for and shown. */
export function parserError(error: {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}): StkError | undefined {
  if (error.exitCode === 0) return undefined;
  return new StkError('usage', error.message.replace(/^error: /, ''));
}
