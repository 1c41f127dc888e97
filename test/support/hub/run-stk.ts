// Runs one stk command line in this process: real commander, real git, real HTTP; captured streams and chosen services.
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProcessEnvironment } from '../../../src/cli/process-environment.ts';
import { runCli } from '../../../src/cli/run-cli.ts';
import type { CliServices, TerminalStream } from '../../../src/cli/services.ts';
import { gitTestEnvironment } from '../git/git-repo.ts';

export interface StkRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON; undefined when it is none. */
  readonly json: unknown;
}

export interface RunStkOptions {
  readonly directory: string;
  /** Merged over git's test environment. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly services?: Partial<CliServices>;
}

export async function runStk(options: RunStkOptions, ...argv: readonly string[]): Promise<StkRun> {
  const stdout = captured();
  const stderr = captured();
  const streams = { stdout: stdout.stream, stderr: stderr.stream };
  const services = testServices({ ...options, services: { ...streams, ...options.services } });
  const exitCode = await runCli(argv, services);
  return { exitCode, stdout: stdout.text(), stderr: stderr.text(), json: asJson(stdout.text()) };
}

/** What a command gets: the real clock, nothing that needs a Hub in this process. */
export function testServices(options: RunStkOptions): CliServices {
  return {
    stdout: captured().stream,
    stderr: captured().stream,
    environment: readProcessEnvironment({ ...gitTestEnvironment, ...options.variables }),
    workingDirectory: options.directory,
    clock: {
      now: () => Date.now(),
      sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
      random: Math.random,
    },
    version: '0.0.0-test',
    command: 'stk',
    interrupted: new AbortController().signal,
    startHub: () => Promise.reject(new Error('no Hub in this test')),
    applySql: () => Promise.reject(new Error('no database in this test')),
    databaseUrl: () => Promise.reject(new Error('no database in this test')),
    cutRelease: () => Promise.reject(new Error('no cut in this test')),
    migrationStatus: () => Promise.reject(new Error('no database in this test')),
    previewMigration: () => Promise.reject(new Error('no preview in this test')),
    rehearseMigration: () => Promise.reject(new Error('no rehearsal in this test')),
    backUp: () => Promise.reject(new Error('no backup in this test')),
    restore: () => Promise.reject(new Error('no restore in this test')),
    lintRelease: () => Promise.reject(new Error('no lint in this test')),
    ...options.services,
  };
}

/** A stream that keeps what is written; `isTTY` as given. */
export function captured(isTTY = false): { readonly stream: TerminalStream; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY, columns: 200 }),
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
