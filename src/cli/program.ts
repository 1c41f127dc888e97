// The commands, their options and their help; those of `stk release` are in release-program.ts. Each command's code is
// loaded when it runs, so that the others stay fast.
import { Command, Option } from 'commander';
import { StkError } from '../kernel/errors.ts';
import {
  collectNames,
  examples,
  inContext,
  parseTimeout,
  projectOption,
  RequiredOption,
  requireOptions,
  type CommandOptions,
  type ProgramRequest,
} from './command-in-context.ts';
import type { ClientCommandOptions } from './commands/client.ts';
import type { LintOptions } from './commands/lint.ts';
import type { SchemasOptions } from './commands/schemas.ts';
import type { SmokeOptions } from './commands/smoke.ts';
import { addAuto } from './auto-program.ts';
import { addCanary } from './canary-program.ts';
import { addDatabase } from './database-program.ts';
import { addDrill } from './drill-program.ts';
import { addGovernance } from './govern-program.ts';
import { addIncidents } from './incident-program.ts';
import { addNotify } from './notify-program.ts';
import { addRelease } from './release-program.ts';
import type { StatusOptions } from './commands/status.ts';
import { logLevels } from '../kernel/log-level.ts';

/** The whole command line. It throws its errors: StkError from commands, CommanderError from the parser. */
export function buildProgram(request: ProgramRequest): Command {
  const { services, output } = request;
  const program = new Command('stk')
    .description('Moves releases between environments by moving pointers in git.')
    .version(services.version, '-V, --version')
    .option('--repo <path>', 'config repo (default: the nearest one above the working directory)')
    .option('--hub <url>', 'address of the Hub (default: STK_HUB, then stk.yaml, then http://127.0.0.1:8080)')
    .option('--json', 'print the result as JSON on stdout')
    .showHelpAfterError('(add --help for its options)')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .exitOverride()
    .hook('preAction', (_program, command) => requireOptions(command))
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
Variables: STK_HUB (address), STK_TOKEN (sent only to a Hub named by --hub or STK_HUB), STK_GIT_TOKEN (stk hub, for a URL), NO_COLOR.`,
    );
  addHub(program, request);
  addInit(program, request);
  addStatus(program, request);
  addLint(program, request);
  addSchemas(program, request);
  addSmoke(program, request);
  addClient(program, request);
  addDatabase(program, request);
  addDrill(program, request);
  addRelease(program, request);
  addAuto(program, request);
  addCanary(program, request);
  addGovernance(program, request);
  addNotify(program, request);
  addIncidents(program, request);
  return program;
}

function addHub(program: Command, { services, onExit }: ProgramRequest): void {
  program
    .command('hub')
    .description('serve the config repo: follow its branch and answer calls')
    .option('--ref <branch>', 'branch to follow (default: the branch that HEAD names)')
    .option('--env <name>', 'serve only this environment; may be given again', collectNames)
    .option('--listen <host:port>', 'where to listen', '127.0.0.1:8080')
    .option('--metrics-listen <host:port>', 'answer /metrics at this address too, without a token')
    .option('--state <dir>', 'state directory (default: .stk in the work tree)')
    .option('--open', 'serve without authentication although the listener is not loopback')
    .option('--auth-file <file>', 'take the auth settings from this file, which no commit can change')
    .option('--allow-private-jwks', 'allow a loopback, link-local or private address in jwksUrl')
    .option(
      '--secrets <pattern>',
      'variables that a later commit may use, such as STK_*; may be given again (default: STK_*)',
      collectNames,
    )
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
    .description('show what each environment should serve, what it serves, and why they differ')
    .addOption(projectOption())
    .option('--env <name>', 'only this environment')
    .option('--exit-code', 'exit 3 when a release is refused, 5 while a change is in progress')
    .option('--wait', 'wait until no change is in progress; exit as with --exit-code')
    .addOption(
      new Option('--watch', 'keep showing changes as they happen, until Ctrl+C').conflicts([
        'wait',
        'exitCode',
      ]),
    )
    .addOption(
      new Option('--timeout <duration>', 'longest wait, such as 90s')
        .default(60_000, '60s')
        .argParser(parseTimeout),
    )
    .addHelpText(
      'after',
      examples('stk status', 'stk status --env prod --wait', 'stk status --hub URL --project shop'),
    )
    .action(
      inContext(
        request,
        async (context, options: CommandOptions & StatusOptions & { watch?: boolean }) => {
          if (options.watch === true) {
            const { watchStatus } = await import('./commands/status-watch.ts');
            return watchStatus(context, options);
          }
          const { showStatus } = await import('./commands/status.ts');
          return showStatus(context, options);
        },
        { mayBeOutside: true },
      ),
    );
}

function addLint(program: Command, request: ProgramRequest): void {
  program
    .command('lint')
    .description('check the files of the config repo without a Hub or a database; exit 3 on problems')
    .argument('[files...]', 'files to check (default: all files of the work tree)')
    .addOption(projectOption())
    .option('--base <ref>', 'check what the branch changed since this commit')
    .addHelpText(
      'after',
      examples('stk lint', 'stk lint releases/v2.0.0.yaml', 'stk lint --base origin/main'),
    )
    .action(async function action(this: Command, files: readonly string[]) {
      const { lintRepo } = await import('./commands/lint.ts');
      await inContext(
        request,
        (context, options: CommandOptions & LintOptions) => lintRepo(context, files, options),
        { mayBeUnnamed: true },
      ).call(this);
    });
}

function addSchemas(program: Command, request: ProgramRequest): void {
  program
    .command('schemas')
    .description("write this version's JSON Schemas into schemas/, where editors find them")
    .addOption(projectOption())
    .option('--dry-run', 'list the files that are out of date; write nothing')
    .addHelpText('after', examples('stk schemas', 'stk schemas --dry-run'))
    .action(
      inContext(
        request,
        async (context, options: CommandOptions & SchemasOptions) => {
          const { writeSchemas } = await import('./commands/schemas.ts');
          return writeSchemas(context, options);
        },
        { mayBeUnnamed: true },
      ),
    );
}

function addSmoke(program: Command, request: ProgramRequest): void {
  program
    .command('smoke')
    .description('run the smoke tests of a release and its environment; exit 3 when one fails')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment'))
    .option('--release-id <id>', 'another release: only its calls are tested (default: the served release)')
    .addHelpText('after', examples('stk smoke --env prod', 'stk smoke --env prod --release-id v1.1.0'))
    .action(
      inContext(request, async (context, options: CommandOptions & SmokeOptions) => {
        const { runSmokeTests } = await import('./commands/smoke.ts');
        return runSmokeTests(context, options);
      }),
    );
}

function addClient(program: Command, request: ProgramRequest): void {
  program
    .command('client')
    .description('write a typed client for the operations that you may call; it uses openapi-fetch')
    .addOption(projectOption())
    .addOption(new RequiredOption('--env <name>', 'environment whose database describes the results'))
    .option('--release-id <id>', 'a release that is not served (default: the served one)')
    .addOption(
      new Option('--language <name>', 'language of the client').choices(['typescript']).default('typescript'),
    )
    .addOption(new RequiredOption('--out <file>', 'file to write; the same operations give the same bytes'))
    .addHelpText(
      'after',
      examples(
        'stk client --env prod --out src/shop-client.ts',
        'stk client --env dev --release-id v2.1.0 --language typescript --out shop-client.ts',
      ),
    )
    .action(
      inContext(request, async (context, options: ClientCommandOptions) => {
        const { writeTypedClient } = await import('./commands/client.ts');
        return writeTypedClient(context, options);
      }),
    );
}

/** The parser's error as an StkError; `undefined` when help or the version was shown. */
export function parserError(error: {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}): StkError | undefined {
  if (error.exitCode === 0) return undefined;
  return new StkError('usage', error.message.replace(/^error: /, ''));
}
