#!/usr/bin/env node
// The composition root: takes the real clock, streams and signals, and passes them to the command line. Code for a
// single command is loaded when that command runs.
import { join } from 'node:path';
import { ownCommand } from './cli/own-command.ts';
import { readProcessEnvironment } from './cli/process-environment.ts';
import { runCli } from './cli/run-cli.ts';
import type { ReleaseLinter } from './app/compose-lint.ts';
import { readVersion } from './app/read-version.ts';
import { systemClock } from './app/system-clock.ts';

async function main(): Promise<void> {
  const environment = readProcessEnvironment();
  const { stdout, stderr } = process;
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('SIGHUP', interrupt);
  const version = readVersion();
  const command = ownCommand({ script: process.argv[1] ?? '', variables: environment.variables });
  let linter: Promise<ReleaseLinter> | undefined;
  const code = await runCli(process.argv.slice(2), {
    stdout,
    stderr,
    environment,
    workingDirectory: process.cwd(),
    clock: systemClock,
    version,
    command,
    interrupted: interruption.signal,
    async startHub(options) {
      const { runHub } = await import('./app/compose-hub.ts');
      const { variables } = environment;
      const isStopped = interruption.signal;
      return runHub(options, {
        clock: systemClock,
        version,
        command,
        variables,
        stdout,
        stderr,
        isStopped,
      });
    },
    async applySql(request) {
      const { applyThroughSocket } = await import('./database/socket/apply-through-socket.ts');
      return applyThroughSocket({ ...request, directory: join(request.stateDirectory, 'embedded') });
    },
    async databaseUrl({ stateDirectory, environment: name }) {
      const { outsideAddress, socketPathOf } = await import('./database/socket/socket-address.ts');
      const path = socketPathOf(join(stateDirectory, 'embedded'));
      return { ...outsideAddress(path, name), isListening: await isListening(path) };
    },
    async cutRelease(request) {
      const { runCut } = await import('./app/compose-cut.ts');
      return runCut(request, { clock: systemClock, variables: environment.variables });
    },
    async migrationStatus(request) {
      const { readMigrationStatus } = await import('./app/compose-migrations.ts');
      return readMigrationStatus(request, { clock: systemClock, variables: environment.variables });
    },
    async previewMigration(command) {
      const { runPreview } = await import('./app/compose-preview.ts');
      return runPreview(command, { clock: systemClock, variables: environment.variables });
    },
    async rehearseMigration(command) {
      const { runRehearsal } = await import('./app/compose-rehearsal.ts');
      return runRehearsal(command, { clock: systemClock, variables: environment.variables });
    },
    async backUp({ stateDirectory, ...request }) {
      const { backUpEmbedded } = await import('./database/embedded/embedded-backup.ts');
      return backUpEmbedded({ ...request, directory: join(stateDirectory, 'embedded') });
    },
    async restore({ stateDirectory, ...request }) {
      const { restoreEmbedded } = await import('./database/embedded/embedded-backup.ts');
      return restoreEmbedded({ ...request, directory: join(stateDirectory, 'embedded') });
    },
    async lintRelease(release) {
      linter ??= import('./app/compose-lint.ts').then(({ createReleaseLinter }) => createReleaseLinter());
      return (await linter).lint(release);
    },
  });
  await (await linter)?.close();
  // Everything is written. A library's timer or idle connection must not delay the prompt.
  process.exit(code);
}

/** Whether a process accepts connections there; a stale socket of a killed process does not count. */
async function isListening(path: string): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

await main();
