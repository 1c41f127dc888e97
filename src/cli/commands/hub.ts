// `stk hub`: reads its options and starts the Hub.
import { StkError } from '../../kernel/errors.ts';
import { findConfigRepo } from '../context.ts';
import type { LogLevel } from '../../kernel/log-level.ts';
import type { CliServices, HubOptions } from '../services.ts';

export interface HubCommandOptions {
  readonly repo?: string;
  readonly ref?: string;
  readonly env?: readonly string[];
  readonly listen: string;
  readonly metricsListen?: string;
  readonly state?: string;
  readonly open?: boolean;
  readonly authFile?: string;
  readonly allowPrivateJwks?: boolean;
  readonly secrets?: readonly string[];
  readonly logLevel: LogLevel;
}

export async function startHub(services: CliServices, options: HubCommandOptions): Promise<number> {
  return services.startHub(await readHubOptions(services.workingDirectory, options));
}

async function readHubOptions(workingDirectory: string, options: HubCommandOptions): Promise<HubOptions> {
  return {
    repo: options.repo ?? (await findConfigRepo(workingDirectory, undefined)),
    ref: options.ref,
    environments: options.env ?? [],
    listen: parseListen(options.listen),
    metricsListen:
      options.metricsListen === undefined
        ? undefined
        : parseListen(options.metricsListen, '--metrics-listen'),
    stateDirectory: options.state,
    open: options.open === true,
    authFile: options.authFile,
    allowPrivateJwks: options.allowPrivateJwks === true,
    secrets: options.secrets ?? ['STK_*'],
    logLevel: options.logLevel,
  };
}

/** `HOST:PORT`, `[::1]:PORT` or `PORT` (loopback). Throws `usage`. */
export function parseListen(text: string, option = '--listen'): HubOptions['listen'] {
  const match = /^(?:(\[[0-9A-Fa-f:.]+\]|[^\s:[\]]+):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    throw new StkError('usage', `${option} ${JSON.stringify(text)} is not an address`, {
      hint: 'Write HOST:PORT, e.g. 127.0.0.1:8080 or [::1]:8080; port 0 takes any free one.',
    });
  }
  return { host: (match[1] ?? '127.0.0.1').replaceAll(/[[\]]/g, ''), port };
}
