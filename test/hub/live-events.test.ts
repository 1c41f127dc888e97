// Live events over real HTTP: what is told, how a stream is resumed, who may listen, and that nobody is waited for.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { SignJWT } from 'jose';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { readEventStream, type HubMessage } from '../../src/cli/hub/event-stream.ts';
import type { AuthSettings } from '../../src/model/project.ts';
import { realClock } from '../support/clock.ts';
import { aPointer } from '../support/documents/release.ts';
import { poll } from '../support/hub/hub-process.ts';
import { aServerEnvironment } from '../support/hub/hub-state.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';
import type { TestHub } from '../support/hub/hub-client.ts';

let served: ServedRepo;
beforeAll(async () => {
  served = await serveRepo({ options: { clock: realClock } });
});
afterAll(() => served.close());

interface Stream {
  readonly response: IncomingMessage;
  /** The next message that is not a heartbeat. */
  next(): Promise<HubMessage>;
  /** Until `holds`. */
  until(holds: (message: HubMessage) => boolean): Promise<HubMessage>;
  close(): void;
}

async function listen(hub: TestHub, query = '', headers: Record<string, string> = {}): Promise<Stream> {
  const outgoing = request(`${hub.url}/api/v1/events${query}`, { headers });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const messages = readEventStream(response)[Symbol.asyncIterator]();
  const next = async (): Promise<HubMessage> => {
    for (;;) {
      const { done, value } = await messages.next();
      if (done === true) throw new Error('the stream has ended');
      if (value.event !== undefined) return value;
    }
  };
  const until: Stream['until'] = async (holds) => {
    for (;;) {
      const message = await next();
      if (holds(message)) return message;
    }
  };
  return { response, next, until, close: () => void outgoing.destroy() };
}

const isServing =
  (environment: string, release: string) =>
  ({ event, data }: HubMessage): boolean => {
    const status = data as { environment: string; serving: { release: string } | null };
    return event === 'status' && status.environment === environment && status.serving?.release === release;
  };

const secret = 's'.repeat(32);
const settings: AuthSettings = {
  jwt: { kind: 'secret', secretFrom: 'SECRET' },
  issuer: 'https://issuer.example',
  audience: 'shop',
  rolesClaim: 'roles',
  control: { read: ['viewer'], write: [], evidence: [] },
};

describe('a stream', () => {
  it('begins with the status of every environment, then tells each change, as GET E shows it', async () => {
    const stream = await listen(served.hub);
    expect(stream.response.headers).toMatchObject({ 'content-type': 'text/event-stream' });
    const opening = [await stream.next(), await stream.next()];
    const status = await served.hub.ask('/api/v1/projects/shop/environments/dev');
    expect(opening[0]).toEqual({ event: 'status', id: expect.any(String), data: status.json });
    await served.repo.commit('promote(prod): v1.0.0 -> v1.1.0', {
      'environments/prod.yaml': aPointer('v1.1.0'),
    });
    const told = await stream.until(isServing('prod', 'v1.1.0'));
    expect(told.id).not.toBe(opening[1]?.id);
    stream.close();
  });

  it('goes on after Last-Event-ID with what happened meanwhile, and begins anew for an id that it does not know', async () => {
    const first = await listen(served.hub);
    await first.next();
    const { id = '' } = await first.next();
    first.close();
    await served.land('promote(prod): v1.1.0 -> v1.2.0', { 'environments/prod.yaml': aPointer('v1.2.0') });
    const resumed = await listen(served.hub, '', { 'Last-Event-ID': id });
    await resumed.until(isServing('prod', 'v1.2.0'));
    resumed.close();
    const foreign = await listen(served.hub, '', { 'Last-Event-ID': '0123456789ab-1' });
    expect(await foreign.next()).toMatchObject({ event: 'status', data: { environment: 'dev' } });
    foreign.close();
  });

  it('is of one environment where one is asked for, and of none that there is not', async () => {
    const stream = await listen(served.hub, '?environment=dev');
    expect(await stream.next()).toMatchObject({ data: { environment: 'dev' } });
    await served.land('promote(prod)', { 'environments/prod.yaml': aPointer('v1.0.0') });
    const revision = await served.land('promote(dev)', { 'environments/dev.yaml': aPointer('v1.2.0') });
    const told: HubMessage[] = [];
    await stream.until((message) => {
      told.push(message);
      return (message.data as { serving: { revision: string } }).serving.revision === revision;
    });
    expect(told.every(({ data }) => (data as { environment: string }).environment === 'dev')).toBe(true);
    stream.close();
    expect((await served.hub.ask('/api/v1/events?environment=nope')).json).toMatchObject({
      code: 'unknown-environment',
    });
  });
});

describe('the Hub', () => {
  it('takes no more listeners than its limit, and forgets who goes', async () => {
    const hub = await served.startAnother({ clock: realClock, limits: { listeners: 1 } });
    const stream = await listen(hub);
    expect((await hub.ask('/api/v1/events')).json).toMatchObject({ status: 429, code: 'too-many-requests' });
    stream.close();
    const again = await poll(60_000, async () => {
      const next = await listen(hub);
      next.close();
      return next.response.statusCode === 200 ? true : undefined;
    });
    expect(again).toBe(true);
  });

  it('ends streams when it stops, without waiting for who does not read', async () => {
    const hub = await served.startAnother({ clock: realClock });
    const stream = await listen(hub);
    await stream.next();
    const stalled = connect(hub.address.port, hub.address.host);
    stalled.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(stalled, 'readable');
    await hub.close();
    await expect(stream.until(() => false)).rejects.toThrow('the stream has ended');
    stalled.destroy();
  });

  it('lets nobody listen who may not read, and ends the stream of a token that is no longer accepted', async () => {
    const time = { now: Date.now() };
    const hub = await served.startAnother({
      listener: { host: '127.0.0.1', port: 0, open: false, pinnedAuth: settings },
      secret: () => secret,
      clock: { ...realClock, now: () => time.now },
      limits: { heartbeat: 20 },
    });
    const bearer = async (role: string): Promise<Record<string, string>> => {
      const exp = Math.floor(time.now / 1000) + 600;
      const claims = { roles: [role], iss: settings.issuer, aud: settings.audience, exp };
      const token = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' });
      return { Authorization: `Bearer ${await token.sign(new TextEncoder().encode(secret))}` };
    };
    expect((await hub.ask('/api/v1/events')).status).toBe(401);
    expect((await hub.ask('/api/v1/events', { headers: await bearer('nobody') })).status).toBe(403);
    const stream = await listen(hub, '', await bearer('viewer'));
    await stream.next();
    time.now += 2 * 3_600_000;
    await expect(stream.until(() => false)).rejects.toThrow('the stream has ended');
  });
});

it('tells gates when their answer is another, and the events of the Hub', async () => {
  const gates = { approve: { approval: { role: 'approver' } } };
  const governed = await serveRepo({
    project: {
      people: { approver: ['ada@example.com'] },
      environments: { dev: aServerEnvironment('dev'), prod: { ...aServerEnvironment('prod'), gates } },
    },
    options: { clock: realClock },
  });
  try {
    const stream = await listen(governed.hub, '?environment=prod');
    await governed.land('promote(prod)', { 'environments/prod.yaml': aPointer('v1.1.0') });
    const told = new Map<unknown, unknown>();
    await stream.until(({ event, data }) => {
      told.set(event, data);
      return told.has('event') && told.has('gates');
    });
    expect(told.get('gates')).toMatchObject({
      environment: 'prod',
      release: 'v1.1.0',
      outcome: 'waiting',
      gates: [{ name: 'approve', verdict: 'pending' }],
    });
    expect(told.get('event')).toMatchObject({ record: 'event', event: 'waiting', environment: 'prod' });
    stream.close();
  } finally {
    await governed.close();
  }
});
