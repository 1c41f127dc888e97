// A child process of the bench: started with an IPC channel, asked by messages, ended by its id. Says what a child
// printed when it fails.
import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly pid: number;
  /** Sends a message and resolves with the next one that comes back. Rejects when the child is gone. */
  ask(message: Serializable): Promise<unknown>;
  /** The next message. */
  next(): Promise<unknown>;
  /** SIGTERM, and SIGKILL after five seconds; resolves when it is gone. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
}

/** The built file beside `from`, e.g. `builtFile('./load-client.js', import.meta.url)`. */
export function builtFile(path: string, from: string): string {
  return fileURLToPath(new URL(path, from));
}

const killAfterMs = 5_000;
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function startChild(file: string, options: ChildOptions = {}): Child {
  const child = fork(file, [...(options.args ?? [])], {
    execArgv: [...(options.execArgv ?? [])],
    env: { ...process.env, ...options.environment },
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  running.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-4000);
    });
  }
  const messages: unknown[] = [];
  const waiting: { resolve(message: unknown): void; reject(error: Error): void }[] = [];
  let isGone = false;
  child.on('message', (message) => {
    const first = waiting.shift();
    if (first === undefined) messages.push(message);
    else first.resolve(message);
  });
  const gone = new Promise<void>((resolve) => {
    const note = (why: string): void => {
      isGone = true;
      running.delete(child);
      for (const one of waiting.splice(0)) one.reject(new Error(`${file} ${why}:\n${said}`));
      resolve();
    };
    child.once('error', (error) => note(`could not run (${error.message})`));
    child.once('close', (code, signal) => note(`ended (${code ?? signal ?? ''})`));
  });
  const next = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (messages.length > 0) resolve(messages.shift());
      else if (isGone) reject(new Error(`${file} is gone:\n${said}`));
      else waiting.push({ resolve, reject });
    });
  return {
    pid: child.pid ?? 0,
    next,
    ask(message) {
      const answer = next();
      if (child.connected) child.send(message);
      return answer;
    },
    async stop() {
      if (!isGone) child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      await gone;
      clearTimeout(kill);
    },
  };
}

/** The number member `name` of a child's message. Throws when it has none. */
export function numberOf(message: unknown, name: string): number {
  if (typeof message === 'object' && message !== null && name in message) {
    const value: unknown = Reflect.get(message, name);
    if (typeof value === 'number') return value;
  }
  throw new Error(`a child sent no ${name}: ${JSON.stringify(message)}`);
}
