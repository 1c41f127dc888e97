// Formats log lines for a person at a terminal, where JSON is hard to read: one line an event, time and message first,
// then its fields. It does not decide what is logged.
import { Writable } from 'node:stream';
import { stdTimeFunctions } from 'pino';
import { escapeInvisible } from '../kernel/invisible.ts';
import { readJson } from '../kernel/read-json.ts';

/** Fields that every line of pino has and no reader needs. */
const plumbing = new Set(['level', 'time', 'pid', 'hostname', 'msg']);
const levels: ReadonlyMap<unknown, string> = new Map([
  ['error', 'error: '],
  ['warn', 'warning: '],
]);

/** For pino: levels as words, times as RFC 3339. */
export const logForm = {
  formatters: { level: (level: string): object => ({ level }) },
  timestamp: stdTimeFunctions.isoTime,
};

/** Takes pino's lines and writes readable ones to `out`. */
export function createReadableLog(out: Writable): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string | Buffer, _encoding, done) {
      out.write(`${formatLogLine(String(line))}\n`);
      done();
    },
  });
}

/** `line`: one line of pino; any other line is returned unchanged. */
export function formatLogLine(line: string): string {
  const fields = parseFields(line);
  if (fields === undefined) return line.trimEnd();
  const time = new Date(String(fields.get('time'))).toTimeString().slice(0, 8);
  const rest = [...fields]
    .filter(([name]) => !plumbing.has(name))
    .map(([name, value]) => `${name}=${formatValue(value)}`);
  const message = `${levels.get(fields.get('level')) ?? ''}${String(fields.get('msg'))}`;
  return printable([time, message, ...rest].join(' '));
}

function parseFields(line: string): ReadonlyMap<string, unknown> | undefined {
  const parsed = readJson(line);
  return typeof parsed === 'object' && parsed !== null ? new Map(Object.entries(parsed)) : undefined;
}

/** A word as it is, an error by its stack, anything else as JSON. */
function formatValue(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value;
  if (typeof value === 'object' && value !== null && 'stack' in value) return String(value.stack);
  return JSON.stringify(value);
}

/** Text from a commit or a path must not control the terminal. */
function printable(text: string): string {
  return escapeInvisible(text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?'));
}
