// A rollback drill is told once, as `drill`, and neither of its ways as a rollback.
import { expect, it } from '@jest/globals';
import {
  createEventNotices,
  type EventNoticesOptions,
} from '../../src/reconciler/admission/event-notices.ts';
import type { EventRecord } from '../../src/model/record.ts';
import type { Message } from '../../src/notify/message.ts';
import { backTrailer, forwardTrailer, readDrill } from '../../src/promotion/drill-trailers.ts';
import { parseGoverned } from '../support/gates/some-facts.ts';

const way = { decideMs: 1, serveMs: 2, verifyMs: 3, isGood: true };
const id = '20261130T010203004Z';

async function told(trailers: ReadonlyMap<string, string>): Promise<string[]> {
  const parsed = parseGoverned(
    'from: dev',
    'notify: [{ urlFrom: SLACK_URL, as: slack, on: [drill, rolled-back] }]\n',
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const messages: Message[] = [];
  const options: EventNoticesOptions = {
    notifier: { notify: async (message) => void messages.push(message), hasTold: () => false },
    repo: {
      commit: async (revision) => ({
        revision,
        parents: [],
        by: 'Ops <ops@example.com>',
        mail: 'ops@example.com',
        coAuthors: [],
        isSigned: false,
        at: '2026-11-30T01:02:03Z',
        subject: 'rollback(prod): v2 -> v1',
        trailers,
      }),
    },
    log: { debug: fail, info: fail, warn: fail, error: fail },
    project: () => parsed.value,
    isWriter: async () => true,
  };
  const record: EventRecord = {
    record: 'event',
    release: 'v1',
    digest: 'd'.repeat(40),
    at: 1,
    by: 'stk-hub@localhost',
    environment: 'prod',
    event: 'activated',
    class: 'rollback',
    revision: 'a'.repeat(40),
  };
  await createEventNotices(options)({ path: 'releases/aa/v1/event/x.yaml', record });
  return messages.map(({ word, sentence }) => `${word}: ${sentence}`);
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

it('reads back what it wrote into the commits, and nothing else', () => {
  const startedAt = Date.UTC(2026, 10, 30, 1, 2, 3, 4);
  expect(readDrill(backTrailer(id, 7))).toEqual({ phase: 'back', id, startedAt, decideMs: 7 });
  expect(readDrill(forwardTrailer(id, way))).toEqual({ phase: 'forward', id, startedAt, back: way });
  for (const text of ['', id, `${id} back`, `${id} forward decide=1`, `${id} sideways decide=1`])
    expect(readDrill(new Map([['Stk-Drill', text]]))).toBeUndefined();
});
