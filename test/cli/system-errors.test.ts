// What the operating system refuses is told in a sentence, with what to do, and never as a stack trace.
import { execFile } from 'node:child_process';
import { constants } from 'node:os';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { asStkError } from '../../src/kernel/errors.ts';
import { aPointer, aProject, aRelease } from '../support/documents/release.ts';
import { createTestRepo, gitTestEnvironment, type TestRepo } from '../support/git/git-repo.ts';
import { builtCommand, stk } from '../support/hub/hub-process.ts';

let repo: TestRepo;
beforeAll(async () => {
  repo = await createTestRepo({
    files: {
      'stk.yaml': aProject(),
      'environments/prod.yaml': aPointer('v1.0.0'),
      'releases/v1.0.0.yaml': aRelease(),
    },
  });
});
afterAll(() => repo.remove());

it('a folder in the place of a file', async () => {
  await mkdir(join(repo.directory, 'below', 'stk.yaml'), { recursive: true });
  const { code, stderr } = await stk(['lint'], { cwd: join(repo.directory, 'below') });
  expect([code, stderr]).toEqual([
    1,
    'error: it is a folder where a file is needed (EISDIR, read)\n' +
      'hint: Move the folder away (ls -ld .), or name a file.\n',
  ]);
});

it('a full disk behind stdout', async () => {
  if (process.platform !== 'linux') return;
  const script = `"$0" "$1" schemas --dry-run --repo "$2" > /dev/full`;
  const ended = promisify(execFile)('bash', ['-c', script, process.execPath, builtCommand, repo.directory], {
    env: { ...process.env, ...gitTestEnvironment },
  });
  await expect(ended).rejects.toMatchObject({
    code: 1,
    stderr:
      'error: no space is left on the device (ENOSPC, write)\nhint: Free space there (df -h .), then run this again.\n',
  });
});

it.each(['EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ENOTDIR', 'ELOOP', 'ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'])(
  '%s is explained, with its path',
  (code) => {
    const thrown = Object.assign(new Error(`${code}: as node words it, open '/srv/a b'`), {
      code,
      errno: -constants.errno[code as keyof typeof constants.errno],
      syscall: 'open',
      path: '/srv/a b',
    });
    const { message, hint } = asStkError(thrown);
    expect(message).toMatch(new RegExp(String.raw`^/srv/a b: [a-z ,-]+ \(${code}, open\)$`));
    expect(hint).toMatch(/^[A-Z].*[.']$/);
  },
);
