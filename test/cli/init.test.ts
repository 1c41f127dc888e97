// `stk init`: what it writes is what the parsers take, and a Hub serves it at once.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initFiles } from '../../src/cli/repo/init-files.ts';
import { parsePointer } from '../../src/documents/parse-pointer.ts';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { parseRelease } from '../../src/documents/release/parse-release.ts';
import { startHubProcess, stk } from '../support/hub/hub-process.ts';
import { runStk } from '../support/hub/run-stk.ts';

const author = ['--author', 'Ada <ada@example.com>'];

describe('stk init', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stk-test-init-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['shop', '1.0', 'null'])(
    'writes documents that the parsers take, for a project named %s',
    (project) => {
      const files = initFiles({ project, createdAt: '2026-11-21T08:00:00Z', command: 'stk' });
      for (const [file, text] of files) {
        const id = /^releases\/(.*)\.yaml$/.exec(file)?.[1];
        if (file === 'stk.yaml')
          expect(parseProject(text, { file, gateKinds })).toMatchObject({ ok: true, value: { project } });
        if (id !== undefined) expect(parseRelease(text, { file, id })).toMatchObject({ ok: true });
        if (file.startsWith('environments/'))
          expect(parsePointer(text, { file })).toMatchObject({ ok: true });
      }
    },
  );

  it('makes a config repo that a Hub serves at once and in which a promotion works', async () => {
    const made = await stk(['init', 'shop', ...author], { cwd: folder });
    expect([made.code, made.stderr]).toEqual([0, 'Next: cd shop && npx stk-hub hub\n']);
    const root = join(folder, 'shop');
    const hub = await startHubProcess({ repo: root });
    try {
      await hub.untilServing('dev', 'v1.1.0');
      await hub.untilServing('prod', 'v1.0.0');
      const found = await hub.call('dev', 'notes.search', { word: 'note' }, 'reader');
      expect(found.json).toMatchObject({ result: [{ id: 1 }, { id: 2 }] });
      expect((await hub.call('prod', 'notes.search', { word: 'note' }, 'reader')).status).toBe(403);
      const promote = ['release', 'promote', '--from', 'dev', '--to', 'prod', ...author];
      const promoted = await stk(promote, { cwd: root, env: { STK_HUB: hub.url } });
      expect([promoted.code, promoted.stdout]).toEqual([0, expect.stringMatching(/^prod serves v1\.1\.0/)]);
      expect((await hub.call('prod', 'notes.search', { word: 'note' }, 'reader')).status).toBe(200);
    } finally {
      await hub.stop();
    }
    const left = await stk(['db', 'url', '--env', 'dev'], { cwd: root, env: { STK_HUB: hub.url } });
    expect([left.code, left.stderr]).toEqual([
      5,
      expect.stringMatching(/Start the Hub on this machine: stk hub/),
    ]);
  });

  it('leaves a folder that is not empty, or a failed attempt, as it was', async () => {
    const full = join(folder, 'full');
    await runStk({ directory: folder }, 'init', 'full', ...author);
    await writeFile(join(full, 'mine.txt'), 'mine');
    const again = await runStk({ directory: folder }, 'init', 'full', ...author);
    expect([again.exitCode, await readFile(join(full, 'mine.txt'), 'utf8')]).toEqual([2, 'mine']);
    const nobody = await runStk({ directory: folder }, 'init', 'nobody');
    expect([nobody.exitCode, nobody.stderr]).toEqual([2, expect.stringMatching(/user\.name|--author/)]);
    expect(await readdir(folder)).not.toContain('nobody');
  });
});
