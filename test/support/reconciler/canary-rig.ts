// A rig with a canary of prod, on a clock that the test moves: calls go over HTTP to the Hub's own server and the real
// database, and each look is asked for.
import { Agent, request } from 'node:http';
import { pino } from 'pino';
import { createMetrics } from '../../../src/hub/metrics.ts';
import { startHub } from '../../../src/hub/start-hub.ts';
import { presentCanary, type CanaryStatus } from '../../../src/reconciler/canary/present-canary.ts';
import { aMoment } from '../clock.ts';
import { aPointer, aRelease } from '../documents/release.ts';
import { createMovedClock, type MovedClock } from './moved-clock.ts';
import { createRig, type Rig } from './reconciler-rig.ts';
import { rigDatabase } from './rig-databases.ts';
import { aRigProject } from './rig-repo.ts';

export interface CanaryRig {
  rig: Rig;
  readonly clock: MovedClock;
  /** Of the Hub's server. */
  url(): string;
  /** Calls prod so often, each as another caller; gives how many were answered by which release, and how many failed. */
  load(calls: number, operation?: string, atOnce?: number): Promise<Loaded>;
  /** Ten seconds pass, and the canary is looked at. */
  look(): Promise<CanaryStatus>;
  status(): CanaryStatus;
  /** Of `E/…` of the control plane; E is the canary unless another one is named. */
  ask(method: string, path: string, body?: object, environment?: string): Promise<Answer>;
  /** Subjects and trailers of the newest commit. */
  newest(): Promise<string>;
  /** Stops this Hub without anything that a kill would not do either, and starts another on the same state and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Loaded {
  readonly byRelease: ReadonlyMap<string, number>;
  readonly byStatus: ReadonlyMap<number, number>;
  /** What was not answered with 200, by `STATUS RELEASE`. */
  readonly failures: ReadonlyMap<string, number>;
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Settings that decide within a minute, of the errors gate alone. */
export const quick = {
  minimum: '30s',
  maximum: '5m',
  warmUp: { time: '0s', requests: 0 },
  gates: { errors: { errorRate: { increase: '1pp' } } },
};

/** A release of one operation, `orders.total`, that fails for `failing` of a hundred callers, and `orders.count`. */
export function anOrderRelease(release: string, sql = 'select 1 as total'): string {
  const query = (text: string) => ({ input: { type: 'object' }, sql: text, returns: 'one' });
  return aRelease({ release, operations: { 'orders.total': query(sql), about: { value: { release } } } });
}

export interface CanaryRigOptions {
  readonly analysis?: object | undefined;
  readonly canary?: object;
  readonly production?: object;
  readonly project?: object;
  readonly files?: Readonly<Record<string, string>>;
}

export async function createCanaryRig(options: CanaryRigOptions = {}): Promise<CanaryRig> {
  const { analysis = quick } = options;
  const clock = createMovedClock();
  const environments = {
    prod: { database: rigDatabase('prod'), from: 'canary', ...options.production },
    canary: {
      of: 'prod',
      weight: 50,
      sticky: { header: 'X-Caller' },
      ...('analysis' in options && options.analysis === undefined ? {} : { analysis }),
      ...options.canary,
    },
  };
  const files = {
    'stk.yaml': aRigProject({ environments, ...options.project }),
    'environments/prod.yaml': aPointer('r2'),
    'environments/canary.yaml': aPointer('r2'),
    'releases/r1.yaml': anOrderRelease('r1'),
    'releases/r2.yaml': anOrderRelease('r2'),
    'releases/r3.yaml': anOrderRelease('r3'),
    ...options.files,
  };
  const create = { files, clock, monotonic: () => clock.monotonic() };
  const closing: (() => Promise<void>)[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 24 });
  let rig = await createRig(create);
  let url = await serve(rig, closing);
  let callers = 0;
  const self: CanaryRig = {
    rig,
    clock,
    url: () => url,
    async load(calls, operation = 'orders.total', atOnce = 24) {
      const byRelease = new Map<string, number>();
      const byStatus = new Map<number, number>();
      const failures = new Map<string, number>();
      let left = calls;
      const work = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          callers += 1;
          const { status, release } = await call({ url, agent, operation, caller: `caller ${callers}` });
          byRelease.set(release, (byRelease.get(release) ?? 0) + 1);
          byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
          const failed = `${status} ${release}`;
          if (status !== 200) failures.set(failed, (failures.get(failed) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return { byRelease, byStatus, failures };
    },
    async look() {
      const before = self.rig.reconciler.canaries.rounds;
      clock.advance(10_000);
      while (self.rig.reconciler.canaries.rounds === before) await aMoment();
      await self.rig.reconciler.settled();
      return self.status();
    },
    status() {
      const view = self.rig.reconciler.canaries.view('canary');
      if (view === undefined) throw new Error('nothing is known of the canary');
      return presentCanary(view);
    },
    async ask(method, path, body, environment = 'canary') {
      const response = await fetch(`${url}/api/v1/projects/shop/environments/${environment}/${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const value: unknown = await response.json();
      return { status: response.status, body: { ...(value as object) } };
    },
    newest: () => self.rig.repo.git('log', '-1', '--format=%B', 'main'),
    async restart() {
      for (const close of closing.splice(0)) await close();
      rig = await self.rig.restart({ ...create });
      self.rig = rig;
      url = await serve(rig, closing, Number(new URL(url).port));
    },
    async stop() {
      agent.destroy();
      for (const close of closing.splice(0)) await close();
    },
  };
  return self;
}

async function serve(rig: Rig, closing: (() => Promise<void>)[], port = 0): Promise<string> {
  const hub = await startHub({
    version: '1.2.3',
    state: rig.reconciler,
    listener: { host: '127.0.0.1', port, open: false, pinnedAuth: undefined },
    metrics: createMetrics(),
    clock: rig.clock,
    logger: pino({ level: 'silent' }),
    secret: () => undefined,
  });
  closing.push(() => hub.close());
  return hub.url;
}

interface Call {
  readonly url: string;
  readonly agent: Agent;
  readonly operation: string;
  readonly caller: string;
}

function call({ url, agent, operation, caller }: Call): Promise<{ status: number; release: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/projects/shop/environments/prod/call`,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'Stk-Role': 'reader', 'X-Caller': caller },
      },
      (answer) => {
        answer.resume();
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, release: String(answer.headers['stk-release']) }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ operation, input: {} }));
  });
}
