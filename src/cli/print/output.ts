// What a command says: its result on stdout (text, or one JSON value with --json), its narration on stderr.
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
  /** The result: `text` for people, `value` with --json. Called once in a command. */
  result(value: unknown, text: string): void;
  /** A line of a result that comes in parts, or in a format of its own. */
  line(text: string): void;
  /** False once nobody reads stdout any more: what is still to come need not be found out. */
  readonly isRead: boolean;
  /** Whether stdout is a terminal that shows a screen again and again. */
  readonly isLive: boolean;
  /** In place of what the last `redraw` put on the terminal. */
  redraw(text: string): void;
  /** One line of narration, on stderr. */
  narrate(line: string): void;
  /** Colours for stderr and stdout, if that is a terminal that wants them; applied to text that is plain already. */
  onStderr(color: Color, text: string): string;
  onStdout(color: Color, text: string): string;
  /** Resolves when everything is written, or nobody reads any more. */
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
      // What has scrolled away cannot be written over: such a screen is begun anew.
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

/** Lines of a terminal that the text takes, those that it wraps included. */
function countRows(text: string, columns: number): number {
  const lengths = stripVTControlCharacters(text)
    .split('\n')
    .map((line) => [...line].length);
  return lengths.reduce((total, length) => total + Math.max(1, Math.ceil(length / columns)), 0);
}

/** Writes until the reader goes away (EPIPE, as with `| head`), which is not an error of ours; any other one is thrown by flush. */
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
      // Told after everything written before it, by whomever: the process may end now.
      if (failure === undefined) await new Promise<void>((resolve) => stream.write('', () => resolve()));
      if (failure !== undefined && !isBrokenPipe(failure)) throw failure;
    },
  };
}

function isBrokenPipe(error: Error): boolean {
  return 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}
