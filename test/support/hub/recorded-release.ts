// What a Hub has recorded of an environment in its state directory: it writes that after the swap, so whoever is about to
// kill it or to take its disk away waits for it here.
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { LastKnownGoodStore } from '../../../src/reconciler/state/last-known-good.ts';
import { poll } from './hub-process.ts';

/** Resolves when the last-known-good of the environment is `release`. */
export async function untilRecorded(state: string, environment: string, release: string): Promise<void> {
  const records = new LastKnownGoodStore(join(state, 'last-known-good'));
  const recorded = await poll(60_000, async () => {
    const found = await records.read(environment);
    return found.kind === 'found' && found.record.release === release ? true : undefined;
  });
  expect({ release, recorded }).toEqual({ release, recorded: true });
}
