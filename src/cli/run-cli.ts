// Runs one command line from its arguments to its exit code. Reports every error; creates no effects itself.
import { CommanderError } from 'commander';
import { asStkError, meaningOf } from '../kernel/errors.ts';
import { createOutput, type Output } from './print/output.ts';
import { buildProgram, parserError } from './program.ts';
import type { CliServices } from './services.ts';

/**
 * `argv` without node and the script. Returns the exit code: 0 to 5 as in docs/cli.md, 130 when interrupted before
 * anything was done.
 */
export async function runCli(argv: readonly string[], services: CliServices): Promise<number> {
  const output = createOutput({
    stdout: services.stdout,
    stderr: services.stderr,
    json: wantsJson(argv),
    noColor: services.environment.noColor,
  });
  let exitCode = 0;
  try {
    const program = buildProgram({ services, output, onExit: (code) => (exitCode = code) });
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    exitCode = await report(output, error, services.interrupted);
  }
  try {
    await output.flush();
  } catch (error) {
    // stdout cannot be written, but stderr may go elsewhere.
    exitCode = await report(output, error, services.interrupted);
  }
  return exitCode;
}

async function report(output: Output, error: unknown, interrupted: AbortSignal): Promise<number> {
  if (error instanceof CommanderError) {
    const usage = parserError(error);
    if (usage === undefined) return 0;
    // The parser has printed its message.
    if (output.json) {
      const { errorJson } = await import('./print/error-report.ts');
      output.result(errorJson(usage), '');
    }
    return meaningOf(usage.code).exit;
  }
  const failure = asStkError(error);
  if (interrupted.aborted && failure.details['committed'] === undefined) {
    output.narrate('interrupted');
    return 130;
  }
  const { reportError } = await import('./print/error-report.ts');
  return reportError(output, failure);
}

/** Read before the parser runs, so that its own errors are JSON too. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  return (
    options.includes('--json') ||
    options.includes('--format=json') ||
    options[options.indexOf('--format') + 1] === 'json'
  );
}
