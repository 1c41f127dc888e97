// Where a release compiler works: a thread of this process, or a process of its own. The same few verbs for both.
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
/** Parsing makes much that is soon forgotten: with less room a quarter of the time goes into collecting it. */
const youngMegabytes = 64;
/** Milliseconds for a killed process to be gone. */
const endPatience = 1_000;

const enginesOwn: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGABRT',
  'SIGTRAP',
  'SIGILL',
  'SIGSEGV',
  'SIGBUS',
]);

/** What a host tells: reports while it works, then once why it ended. */
export interface HostListener {
  readonly take: (report: CompileReport) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Not for what it was given: by a signal that the engine does not send itself (an operator's, or the system's when memory is
 * short), or because the system could not start it.
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
  /** At once, whatever it is doing. Resolves when it is gone. */
  end(): Promise<void>;
}

export function startThread(): CompilerHost {
  const thread = new Worker(workerUrl('compile-worker', import.meta.url), {
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

/** A process that gives itself a low priority. Of `variables` it gets only those that decide how it connects to a database. */
export function startProcess(variables: Readonly<Record<string, string | undefined>> = {}): CompilerHost {
  const child = fork(fileURLToPath(workerUrl('../../app/check-process', import.meta.url)), {
    env: pickConnectionVariables(variables),
    execArgv: [
      `--max-old-space-size=${maxHeapMegabytes}`,
      // The engine's helper threads would keep the priority that they were started with.
      '--single-threaded',
      ...pickConnectionFlags(process.execArgv, variables['NODE_OPTIONS']),
    ],
    serialization: 'advanced',
    // It says on stderr why it ended, if it ends by itself.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    // It never started.
    child.once('error', () => child.pid === undefined && resolve());
  });
  return {
    // `exit` tells of a process that is gone, `error` of one that never started: that one has no channel.
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
      // Or this process might end first, with somebody still waiting here.
      child.ref();
      child.kill('SIGKILL');
      // On a machine without a moment to spare, even to end takes long; it ends all the same.
      await Promise.race([exited, delay(endPatience, undefined, { ref: false })]);
      child.unref();
    },
  };
}

/** A release can make the engine stop itself: out of memory, out of stack, a trap. */
function isSentByOthers(signal: NodeJS.Signals | null): boolean {
  return signal !== null && !enginesOwn.has(signal);
}
