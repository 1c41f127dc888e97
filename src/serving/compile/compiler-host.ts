// Where a release compiler works: a thread of this process, or a process of its own. The same few verbs for both.
import { fork, spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  pickConnectionVariables,
  pickConnectionFlags,
} from '../../database/postgres/connection-variables.ts';
import { workerUrl } from '../../kernel/worker-url.ts';
import type { CompileReport, HostMessage } from './compile-protocol.ts';
import type { LowPriority } from './lower-priority.ts';

const maxHeapMegabytes = 512;
/** Parsing makes much that is soon forgotten: with less room a quarter of the time goes into collecting it. */
const youngMegabytes = 64;
/** Of a process. It cannot give way while it collects what is young: often, and for less than a millisecond. */
const semiSpaceMegabytes = 1;
/** Milliseconds. */
const endPatience = 1_000;
/** Milliseconds for a command that does nothing. */
const tiePatience = 2_000;

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

/** By a signal that the engine does not send itself: an operator's, or the system's when memory is short. */
export class HostKilled extends Error {}

export interface CompilerHost {
  /** Of its own process; undefined: a thread of this one. */
  readonly pid: number | undefined;
  post(message: HostMessage): void;
  /** Until the returned function is called. */
  listen(listener: HostListener): () => void;
  /** Whether it keeps this process alive. */
  ref(): void;
  unref(): void;
  /** At once, whatever it is doing. Resolves when it is gone. */
  end(): Promise<void>;
}

/** It reads `warmUps` releases of no use while no other waits. */
export function startThread(warmUps: number): CompilerHost {
  const thread = new Worker(workerUrl('compile-worker', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes, maxYoungGenerationSizeMb: youngMegabytes },
    workerData: warmUps,
  });
  return {
    pid: undefined,
    post: (message) => thread.postMessage(message),
    listen({ take, fail }) {
      const end = (code: number): void => fail(new Error(`its thread ended with code ${code}`));
      thread.on('message', take).on('error', fail).on('exit', end);
      return () => thread.off('message', take).off('error', fail).off('exit', end);
    },
    ref: () => thread.ref(),
    unref: () => thread.unref(),
    async end() {
      await thread.terminate();
    },
  };
}

/** The same at a low priority, or at the Hub's where the system does not let it. Of `variables` it gets what connecting takes. */
export function startProcess(
  priority: LowPriority,
  warmUps: number,
  variables: Readonly<Record<string, string | undefined>> = {},
): CompilerHost {
  const tie = tieToParent();
  const child = fork(
    fileURLToPath(workerUrl('../../app/check-process', import.meta.url)),
    [priority, String(warmUps)],
    {
      // Of what the Hub knows it is told how to reach a database, and the rest with each check. `chrt` is found in the
      // system's own folders.
      env: pickConnectionVariables(variables),
      ...(tie === undefined ? {} : { execPath: tie.command }),
      execArgv: [
        ...(tie === undefined ? [] : [...tie.arguments, process.execPath]),
        `--max-old-space-size=${maxHeapMegabytes}`,
        // The engine's helpers do not know when to give way.
        '--single-threaded',
        `--max-semi-space-size=${semiSpaceMegabytes}`,
        ...pickConnectionFlags(process.execArgv, variables['NODE_OPTIONS']),
      ],
      serialization: 'advanced',
      // Why it ended, if it does so by itself, it says on stderr.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    // It never started.
    child.once('error', () => child.pid === undefined && resolve());
  });
  return {
    pid: child.pid,
    // A process that is gone is told of by `exit`.
    post: (message) => void child.send(message, () => undefined),
    listen({ take, fail }) {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        const message = `its process ended with ${signal ?? `code ${code}`}`;
        fail(isSentByOthers(signal) ? new HostKilled(message) : new Error(message));
      };
      child.on('message', take).on('error', fail).on('exit', end);
      return () => child.off('message', take).off('error', fail).off('exit', end);
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

let canTie: boolean | undefined;

/**
 * Linux ends the child with this process, which may be killed while the child is in the midst of its work and hears nothing:
 * the command says so for itself and becomes the child. Undefined: the system does not have it (util-linux), or not that.
 */
function tieToParent(): { readonly command: string; readonly arguments: readonly string[] } | undefined {
  const tie = { command: 'setpriv', arguments: ['--pdeathsig', 'KILL'] };
  if (process.platform !== 'linux' || canTie === false) return undefined;
  if (canTie === true) return tie;
  const options = { env: {}, stdio: 'ignore', timeout: tiePatience } as const;
  const { status, signal } = spawnSync(tie.command, [...tie.arguments, 'true'], options);
  // One that had no time to answer is asked again by the next.
  if (signal === null) canTie = status === 0;
  return status === 0 ? tie : undefined;
}

/** A release can make the engine stop itself: out of memory, out of stack, a trap. */
function isSentByOthers(signal: NodeJS.Signals | null): boolean {
  return signal !== null && !enginesOwn.has(signal);
}
