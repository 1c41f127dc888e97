// Recording what is served when the state directory cannot be written, and again when it can.
import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LastKnownGoodStore } from '../../src/reconciler/state/last-known-good.ts';
import { RecordWriter, type PendingRecord } from '../../src/reconciler/state/record-writer.ts';
import { aLastKnownGood } from '../support/reconciler/last-known-good.ts';

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

function aRecord(release: string): PendingRecord {
  return { ...aLastKnownGood({ release }), text: () => Promise.resolve(`release: ${release}\n`) };
}

/** A writer whose folder cannot be made until `makeRoom`; `waitOver` ends its waits. */
async function aBlockedWriter() {
  const folder = await mkdtemp(join(tmpdir(), 'stk-writer-'));
  folders.push(folder);
  const place = join(folder, 'last-known-good');
  await writeFile(place, 'no folder');
  const store = new LastKnownGoodStore(place);
  const states: string[] = [];
  const waits: (() => void)[] = [];
  const writer = new RecordWriter({
    store,
    clock: {
      now: () => 0,
      random: () => 0.5,
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          waits.push(resolve);
          signal?.addEventListener('abort', () => resolve());
        }),
    },
    onState: ({ kind }) => states.push(kind),
  });
  const waitOver = async (): Promise<void> => {
    for (const over of waits.splice(0)) over();
    await new Promise((resolve) => setImmediate(resolve));
    await writer.written();
  };
  return { store, states, writer, waitOver, makeRoom: () => rm(place) };
}

describe('a record that could not be written', () => {
  it('is tried again until it is', async () => {
    const { store, states, writer, waitOver, makeRoom } = await aBlockedWriter();
    writer.write(aRecord('v1'));
    await writer.written();
    await waitOver();
    expect(states).toEqual(['not-recorded', 'not-recorded']);
    await makeRoom();
    await waitOver();
    expect(states.at(-1)).toBe('ok');
    expect(await store.read('prod')).toMatchObject({ kind: 'found', record: { release: 'v1' } });
  });

  it('does not come back over a newer one', async () => {
    const { store, writer, waitOver, makeRoom } = await aBlockedWriter();
    writer.write(aRecord('v1'));
    await writer.written();
    await makeRoom();
    writer.write(aRecord('v2'));
    await writer.written();
    await waitOver();
    expect(await store.read('prod')).toMatchObject({ kind: 'found', record: { release: 'v2' } });
  });

  it('is left when the Hub stops', async () => {
    const { states, writer, makeRoom } = await aBlockedWriter();
    writer.write(aRecord('v1'));
    await writer.written();
    await makeRoom();
    await writer.close();
    await new Promise((resolve) => setImmediate(resolve));
    await writer.written();
    expect(states).toEqual(['not-recorded']);
  });
});
