// A rollback drill is told once, as `drill`, and neither of its ways as a rollback.
import { expect, it } from '@jest/globals';
import {
  createEventNotices,
  type EventNoticesOptions,
} from '../../src/reconciler/admission/events/event-notices.ts';
import type { CommitInfo } from '../../src/git/config-repo.ts';
import type { DrillRecord, EventRecord } from '../../src/model/pipeline/record.ts';
import type { JudgedRecord } from '../../src/ledger/records/judge-record.ts';
import type { Message } from '../../src/notify/message.ts';
import { backTrailer, forwardTrailer, readDrill } from '../../src/promotion/drill-trailers.ts';
import { parseGoverned } from '../support/gates/some-facts.ts';

const way = { decideMs: 1, serveMs: 2, verifyMs: 3, isGood: true };
const id = '20261130T010203004Z';

const digest = 'd'.repeat(40);
const commit: CommitInfo = {
  revision: 'a'.repeat(40),
  parents: [],
  by: 'Ops <ops@example.com>',
  mail: 'ops@example.com',
  coAuthors: [],
  isSigned: false,
  at: '2026-11-30T01:02:03Z',
  subject: 'rollback(prod): v2 -> v1',
  trailers: new Map(),
};

interface Situation {
  readonly trailers?: ReadonlyMap<string, string>;
  readonly on?: string;
  readonly event?: Partial<EventRecord>;
  /** Result of a drill of this release in dev. */
  readonly drilled?: DrillRecord['result'] | undefined;
}

async function notify(situation: Situation): Promise<Message[]> {
  const { trailers = new Map(), on = '[drill, rolled-back]', event, drilled } = situation;
  const parsed = parseGoverned('from: dev', `notify: [{ urlFrom: SLACK_URL, as: slack, on: ${on} }]\n`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const messages: Message[] = [];
  const options: EventNoticesOptions = {
    notifier: { notify: async (message) => void messages.push(message), hasTold: () => false },
    repo: {
      commit: async (revision) => ({ ...commit, revision, trailers }),
    },
    ledger: { recordsOf: async () => (drilled === undefined ? [] : [aDrill(drilled)]) },
    clock: { now: () => 1, sleep: fail, random: fail },
    log: { debug: fail, info: fail, warn: fail, error: fail },
    project: () => parsed.value,
    isWriter: async () => true,
  };
  const record: EventRecord = {
    record: 'event',
    release: 'v1',
    digest,
    at: Date.UTC(2026, 10, 30, 23),
    by: 'stk-hub@localhost',
    environment: 'prod',
    event: 'activated',
    class: 'rollback',
    revision: 'a'.repeat(40),
    ...event,
  };
  await createEventNotices(options)({ path: 'releases/aa/v1/event/x.yaml', record });
  return messages;
}

async function told(trailers: ReadonlyMap<string, string>): Promise<string[]> {
  return (await notify({ trailers })).map(({ word, sentence }) => `${word}: ${sentence}`);
}

function aDrill(result: DrillRecord['result']): JudgedRecord {
  const record: DrillRecord = {
    record: 'drill',
    release: 'v1',
    digest,
    at: 1,
    by: 'ops@example.com',
    environment: 'dev',
    to: 'v0',
    decideMs: 1,
    serveMs: 1,
    verifyMs: 1,
    result,
  };
  return { path: 'releases/aa/v1/drill/x.yaml', commit, record, refusal: null };
}

function fail(...said: readonly unknown[]): never {
  throw new Error(JSON.stringify(said));
}

it('tells the way back as the drill, the way forward not at all, and any other rollback as one', async () => {
  expect(await told(backTrailer(id, 7))).toEqual([
    'drill: prod: a rollback drill went back to v1, and will go forward again',
  ]);
  expect(await told(forwardTrailer(id, way))).toEqual([]);
  expect(await told(new Map())).toEqual(['rolled-back: prod: rolled back to v1']);
});

it('tells that a drill is due once for each release and day, where another environment comes after', async () => {
  const due = (event: Partial<EventRecord>, drilled?: DrillRecord['result']): Promise<Message[]> =>
    notify({ on: '[drill-due]', event: { environment: 'dev', class: 'promotion', ...event }, drilled });
  const [message, ...others] = (await due({})).filter(({ word }) => word === 'drill-due');
  expect(others).toEqual([]);
  expect(message).toMatchObject({
    sentence: 'dev: a rollback drill of v1 is due: stk drill run --env dev',
    release: 'v1',
    data: { due: '2026-11-30' },
  });
  const words = async (...args: Parameters<typeof due>): Promise<string[]> =>
    (await due(...args)).map(({ word }) => word).filter((word) => word === 'drill-due');
  const [again] = (await due({ at: Date.UTC(2026, 10, 30, 1) })).filter(({ word }) => word === 'drill-due');
  expect(again?.id).toBe(message?.id);
  expect(await words({}, 'failed')).toEqual(['drill-due']);
  expect(await words({}, 'passed')).toEqual([]);
  expect(await words({ class: 'rollback' })).toEqual([]);
  expect(await words({ environment: 'prod' })).toEqual([]);
  expect(await words({ event: 'waiting' })).toEqual([]);
});

it('reads back what it wrote into the commits, and nothing else', () => {
  const startedAt = Date.UTC(2026, 10, 30, 1, 2, 3, 4);
  expect(readDrill(backTrailer(id, 7))).toEqual({ phase: 'back', id, startedAt, decideMs: 7 });
  expect(readDrill(forwardTrailer(id, way))).toEqual({ phase: 'forward', id, startedAt, back: way });
  for (const text of ['', id, `${id} back`, `${id} forward decide=1`, `${id} sideways decide=1`])
    expect(readDrill(new Map([['Stk-Drill', text]]))).toBeUndefined();
});
