// Asks a service for its version: over HTTP, or with a command that the operator allows. Never uses a shell.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { memberAt, toJson } from '../../kernel/json.ts';
import type { CommandService, HttpService, Service } from '../../model/service.ts';
import { type HttpAnswer, NoAnswerInTime, openHttpExchange } from '../hub/http-exchange.ts';
import type { ToldVersion } from './verdict.ts';
import { readJson } from '../../kernel/read-json.ts';

export interface AskService {
  /** Commands of stk.yaml may run. */
  readonly runsCommands: boolean;
  /** Where they run. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** Milliseconds. */
const answerWithin = 5_000;
const commandWithin = 30_000;
const longestVersion = 200;

export function askService(service: Service, how: AskService): Promise<ToldVersion> {
  if (service.kind === 'http') return askUrl(service, how.signal);
  if (how.runsCommands) return runCommand(service, how);
  return Promise.resolve({ kind: 'untold', why: 'skipped, because commands run only with --run-commands' });
}

async function askUrl({ url, version }: HttpService, signal: AbortSignal): Promise<ToldVersion> {
  const exchange = await openHttpExchange(url.startsWith('https:'));
  try {
    const request = { url, method: 'GET', headers: {}, body: undefined, timeoutMs: answerWithin } as const;
    const answer = await exchange.send({ ...request, signal });
    const found = 'header' in version ? headerOf(answer, version.header) : memberOf(answer, version.pointer);
    const isHealthy = answer.status >= 200 && answer.status < 300;
    const unhealthy = isHealthy ? undefined : `it answers ${answer.status}`;
    if (found === undefined && isHealthy) {
      const where = 'header' in version ? `header ${version.header}` : version.pointer;
      return { kind: 'untold', why: `its answer has no version at ${where}` };
    }
    return { kind: 'told', version: found?.slice(0, longestVersion) ?? null, unhealthy };
  } catch (thrown) {
    const isLate = thrown instanceof NoAnswerInTime;
    return {
      kind: 'untold',
      why: `no answer${isLate ? ` within ${answerWithin / 1000} s` : reasonOf(thrown)}`,
    };
  } finally {
    exchange.close();
  }
}

function headerOf({ headers }: HttpAnswer, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' ? value : value?.[0];
}

function memberOf({ text }: HttpAnswer, pointer: string): string | undefined {
  const found = memberAt(toJson(readJson(text)), pointer);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}

async function runCommand(
  { command: [program = '', ...args] }: CommandService,
  { directory, signal }: AskService,
): Promise<ToldVersion> {
  try {
    const options = { cwd: directory, timeout: commandWithin, maxBuffer: 64 * 1024, signal };
    const { stdout } = await promisify(execFile)(program, args, options);
    const printed = stdout.trim();
    // For an image, the name comes before the version.
    const version = /^[^\s@]+:([A-Za-z0-9_][A-Za-z0-9._-]*)$/.exec(printed)?.[1] ?? printed;
    return version === ''
      ? { kind: 'untold', why: `${program} prints no version` }
      : { kind: 'told', version: version.slice(0, longestVersion) };
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? ` (${String(thrown.code)})` : '';
    return { kind: 'untold', why: `${program} failed${code}` };
  }
}

function reasonOf(thrown: unknown): string {
  const code = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'code') : undefined;
  return typeof code === 'string' ? `: ${code}` : '';
}
