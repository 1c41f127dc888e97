// Where a release compiler runs: a thread of this process, or a separate process. The same interface for both.
import { fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  pickConnectionVariables,
  pickConnectionFlags,
} from '../../database/postgres/connection-variables.ts';
import { workerUrl } from '../../kernel/worker-url.ts';
import type { CompileReport, HostMessage } from './compile-protocol.ts';

const maxHeapMegabytes = 512;
/** Parsing creates much short-lived data: with less memory, a quarter of the time is garbage collection. */
const youngMegabytes = 64;
/** Milliseconds for a killed process to end. */
const endPatience = 1_000;

const enginesOwn: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGABRT',
  'SIGTRAP',
  'SIGILL',
  'SIGSEGV',
  'SIGBUS',
]);

/** The reports of a host while it works, then once the reason of its end. */
export interface HostListener {
  readonly take: (report: CompileReport) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Not because of its input: by a signal that the engine does not send itself (from an operator, or from the system when
 * memory is short), or because the system could not start it.
 */
export class HostKilled extends Error {}

export interface CompilerHost {
  post(message: HostMessage): void;
  /** Until the returned function is called. */
  listen(listener: HostListener): () => void;
  /** The host keeps this process alive. */
  ref(): void;
  /** The host does not keep this process alive. */
  unref(): void;
  /** At once, even while it works. Resolves when it has ended. */
  end(): Promise<void>;
}

export function startThread(): CompilerHost {
  const thread = new Worker(workerUrl('compile-worker'), {
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes, maxYoungGenerationSizeMb: youngMegabytes },
  });
  return {
    post: (message) => thread.postMessage(message),
    listen({ take, fail }) {
      const end = (code: number): void => fail(new Error(`its thread ended with code ${code}`));
      const give = (error: NodeJS.ErrnoException): void =>
        fail(error.code === 'ERR_WORKER_INIT_FAILED' ? new HostKilled(error.message) : error);
      thread.on('message', take).on('error', give).on('exit', end);
      return () => thread.off('message', take).off('error', give).off('exit', end);
    },
    ref: () => thread.ref(),
    unref: () => thread.unref(),
    async end() {
      await thread.terminate();
    },
  };
}

/** A process that lowers its own priority. It only gets those `variables` that determine how it connects to a database. */
export function startProcess(variables: Readonly<Record<string, string | undefined>> = {}): CompilerHost {
  const child = fork(fileURLToPath(workerUrl('check-process')), {
    env: pickConnectionVariables(variables),
    execArgv: [
      `--max-old-space-size=${maxHeapMegabytes}`,
      // The engine's helper threads would keep their initial priority.
      '--single-threaded',
      ...pickConnectionFlags(process.execArgv, variables['NODE_OPTIONS']),
    ],
    serialization: 'advanced',
    // If it ends by itself, it prints the reason on stderr.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    // It never started.
    child.once('error', () => child.pid === undefined && resolve());
  });
  return {
    // `exit` reports a process that ended, `error` one that never started and has no channel.
    post: (message) => {
      if (child.pid !== undefined) child.send(message, () => undefined);
    },
    listen({ take, fail }) {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        const message = `its process ended with ${signal ?? `code ${code}`}`;
        fail(isSentByOthers(signal) ? new HostKilled(message) : new Error(message));
      };
      const give = (error: Error): void =>
        fail(child.pid === undefined ? new HostKilled(`it could not be started: ${error.message}`) : error);
      child.on('message', take).on('error', give).on('exit', end);
      return () => child.off('message', take).off('error', give).off('exit', end);
    },
    ref() {
      child.ref();
      child.channel?.ref();
    },
    unref() {
      child.unref();
      child.channel?.unref();
    },
    async end() {
      // Otherwise this process might end first, while a caller still waits.
      child.ref();
      child.kill('SIGKILL');
      // On a very busy machine even ending takes long, but it will end.
      await Promise.race([exited, delay(endPatience, undefined, { ref: false })]);
      child.unref();
    },
  };
}

/** A release can make the engine stop itself: out of memory, out of stack, a trap. */
function isSentByOthers(signal: NodeJS.Signals | null): boolean {
  return signal !== null && !enginesOwn.has(signal);
}
