// The common parts of the commands' definitions: running one on the config repo, the --project option, the examples.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../kernel/units.ts';
import { longestWaitMs } from './command-limits.ts';
import type { CommandContext, GlobalOptions } from './context.ts';
import type { Output } from './print/output.ts';
import type { CliServices } from './services.ts';

export interface ProgramRequest {
  readonly services: CliServices;
  readonly output: Output;
  /** Called with the exit code of the command that ran. */
  onExit(code: number): void;
}

export interface CommandOptions extends GlobalOptions {
  readonly project?: string;
}

/** A required option. Judged by {@link requireOptions}: commander would report it as missing before it names a misspelt one. */
export class RequiredOption extends Option {}

export function requireOptions(command: Command): void {
  const missing = command.options.find(
    (option) =>
      option instanceof RequiredOption && command.getOptionValue(option.attributeName()) === undefined,
  );
  if (missing !== undefined) command.error(`error: required option '${missing.flags}' not specified`);
}

/** Runs a command on the config repo and closes what it opened. `O`: the command's parsed options. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the parser's result once for each command
export function inContext<O extends object>(
  { services, output, onExit }: ProgramRequest,
  run: (context: CommandContext, options: O) => Promise<number>,
  { needsRepo = false, mayBeOutside = false, mayBeUnnamed = false } = {},
): (this: Command) => Promise<void> {
  return async function action(this: Command) {
    const { openContext } = await import('./context.ts');
    const options = this.optsWithGlobals<O & CommandOptions>();
    const context = await openContext({
      services,
      output,
      options,
      needsRepo,
      mayBeOutside,
      mayBeUnnamed,
    });
    try {
      onExit(await run(context, options));
    } finally {
      await context.close();
    }
  };
}

/** For an option that may be repeated. */
export function collectNames(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

export function projectOption(): Option {
  return new Option('--project <name>', "the project; must be the config repo's own");
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** The value of --timeout, in milliseconds. */
export function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms > longestWaitMs)
    throw new InvalidArgumentError('Write it as 500ms, 30s, 5m or 2h; at most 24h.');
  return ms;
}
