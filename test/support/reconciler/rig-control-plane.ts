// The Hub's server over the reconciler of a rig.
import { pino } from 'pino';
import { createMetrics } from '../../../src/hub/metrics.ts';
import { startHub } from '../../../src/hub/start-hub.ts';
import { realClock } from '../clock.ts';
import type { Rig } from './reconciler-rig.ts';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** `prod` of it. `closing`: gets what stops it. */
export async function startControlPlane(
  rig: Rig,
  closing: (() => Promise<void>)[],
): Promise<(method: string, path: string, body?: object) => Promise<Answer>> {
  const hub = await startHub({
    version: '1.2.3',
    state: rig.reconciler,
    listener: { host: '127.0.0.1', port: 0, open: false, pinnedAuth: undefined },
    metrics: createMetrics(),
    clock: realClock,
    logger: pino({ level: 'silent' }),
    secret: () => undefined,
  });
  closing.push(() => hub.close());
  return async (method, path, body) => {
    const response = await fetch(`${hub.url}/api/v1/projects/shop/environments/prod/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value: unknown = await response.json();
    return { status: response.status, body: { ...(value as object) } };
  };
}
