// Where the embedded database's socket may stand.
import { expect, it } from '@jest/globals';
import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { applyThroughSocket } from '../../src/database/socket/apply-through-socket.ts';
import { EmbeddedEngine } from '../../src/database/embedded/embedded-engine.ts';
import { OutsideSocket } from '../../src/database/socket/outside-socket.ts';
import { connectOwner } from '../../src/database/session/owner-session.ts';
import { socketPathOf } from '../../src/database/socket/socket-address.ts';
import { realClock } from '../support/clock.ts';

const engine = new EmbeddedEngine({ directory: 'memory://', clock: realClock, onReset: () => undefined });

it('stands in a folder under the temporary directory only if that is this user’s alone', async () => {
  const state = await mkdtemp(join(tmpdir(), 'stk-socket-'));
  const path = socketPathOf(join(state, 'long'.repeat(40)));
  const folder = dirname(path);
  const socket = new OutsideSocket({ engine, path });
  try {
    await socket.listen();
    expect([(await stat(folder)).mode & 0o777, (await stat(path)).mode & 0o777]).toEqual([0o700, 0o600]);
    await socket.close();

    await chmod(folder, 0o777);
    const second = new OutsideSocket({ engine, path });
    await expect(second.listen()).rejects.toMatchObject({ code: 'database-unavailable' });

    await rm(folder, { recursive: true });
    await symlink(state, folder);
    await expect(second.listen()).rejects.toMatchObject({ code: 'database-unavailable' });
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(state, { recursive: true });
  }
});

it('is not spoken to in a folder under the temporary directory that others may write', async () => {
  const state = await mkdtemp(join(tmpdir(), 'stk-socket-'));
  const directory = join(state, 'long'.repeat(40));
  const folder = dirname(socketPathOf(directory));
  const signal = new AbortController().signal;
  const apply = (): Promise<unknown> =>
    applyThroughSocket({ directory, environment: 'dev', sql: 'select 1', file: 'a.sql', signal });
  const address = { kind: 'embedded', directory, environment: 'dev', statement: 1_000, lock: 1_000 } as const;
  try {
    await expect(apply()).rejects.toMatchObject({ code: 'hub-unavailable' });
    await mkdir(folder);
    await chmod(folder, 0o777);
    const refusal = { code: 'database-unavailable', message: expect.stringContaining(folder) };
    await expect(apply()).rejects.toMatchObject(refusal);
    await expect(connectOwner(address)).rejects.toMatchObject(refusal);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(state, { recursive: true });
  }
});
