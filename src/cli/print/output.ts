// The output of a command: its result on stdout (text, or one JSON value with --json), its progress on stderr.
import { stripVTControlCharacters } from 'node:util';
import { plainText } from './plain-text.ts';
import type { TerminalStream } from '../services.ts';

export type Color = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

const colorCodes: Readonly<Record<Color, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  bold: [1, 22],
  dim: [2, 22],
};

export interface Output {
  readonly json: boolean;
  /** The result: `text` for people, `value` with --json. Called once for each command. */
  result(value: unknown, text: string): void;
  /** A line of a result that comes in parts, or in its own format. */
  line(text: string): void;
  /** False when stdout has no reader any more: the rest need not be computed. */
  readonly isRead: boolean;
  /** Whether stdout is a terminal that can be redrawn. */
  readonly isLive: boolean;
  /** Replaces the output of the last `redraw` on the terminal. */
  redraw(text: string): void;
  /** One progress line on stderr. */
  narrate(line: string): void;
  /** Colours for stderr and stdout, when that is a terminal with colours; for text that is plain already. */
  onStderr(color: Color, text: string): string;
  onStdout(color: Color, text: string): string;
  /** Resolves when everything is written, or there is no reader any more. */
  flush(): Promise<void>;
}

export interface OutputOptions {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  readonly json: boolean;
  readonly noColor: boolean;
}

export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, json } = options;
  const out = writerTo(stdout);
  const err = writerTo(stderr);
  let drawn = 0;
  const paint = (stream: TerminalStream, color: Color, text: string): string => {
    if (options.noColor || stream.isTTY !== true) return text;
    const [on, off] = colorCodes[color];
    return `\u001B[${on}m${text}\u001B[${off}m`;
  };
  return {
    json,
    result(value, text) {
      if (json) out.write(`${JSON.stringify(value)}\n`);
      else if (text !== '') out.write(`${text}\n`);
    },
    line: (text) => out.write(`${text}\n`),
    get isRead() {
      return out.isOpen;
    },
    isLive: !json && stdout.isTTY === true,
    redraw(text) {
      const { columns = 80, rows = 24 } = stdout;
      // Lines that have scrolled off cannot be overwritten: then the screen is cleared.
      const back = drawn === 0 ? '' : drawn < rows ? `\u001B[${drawn}A\u001B[0J` : '\u001B[2J\u001B[H';
      out.write(`${back}${text}\n`);
      drawn = countRows(text, columns);
    },
    narrate: (line) => err.write(`${line}\n`),
    onStderr: (color, text) => paint(stderr, color, plainText(text)),
    onStdout: (color, text) => paint(stdout, color, plainText(text)),
    async flush() {
      await out.flush();
      await err.flush();
    },
  };
}

/** Terminal lines that the text takes, including wrapped ones. */
function countRows(text: string, columns: number): number {
  const lengths = stripVTControlCharacters(text)
    .split('\n')
    .map((line) => [...line].length);
  return lengths.reduce((total, length) => total + Math.max(1, Math.ceil(length / columns)), 0);
}

/** Writes until the reader closes (EPIPE, as with `| head`), which is not an error; flush throws any other one. */
function writerTo(stream: TerminalStream): {
  readonly isOpen: boolean;
  write(text: string): void;
  flush(): Promise<void>;
} {
  let failure: Error | undefined;
  stream.on('error', (error: Error) => (failure ??= error));
  return {
    get isOpen() {
      return failure === undefined;
    },
    write(text) {
      if (failure === undefined) stream.write(text);
    },
    async flush() {
      // Called after all earlier writes: the process may end now.
      if (failure === undefined) await new Promise<void>((resolve) => stream.write('', () => resolve()));
      if (failure !== undefined && !isBrokenPipe(failure)) throw failure;
    },
  };
}

function isBrokenPipe(error: Error): boolean {
  return 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}
