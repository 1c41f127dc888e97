// Reading an application's folder runs nothing that the folder brings: not as a bare repository in disguise, not as a
// repository with a configuration of somebody else's.
import { afterAll, expect, it } from '@jest/globals';
import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readApplicationRef } from '../../src/git/clone/application-ref.ts';
import { locateRepository } from '../../src/git/locate-repository.ts';
import { gitEnvironment } from '../../src/git/process/git-environment.ts';
import { createTestRepo, gitTestEnvironment } from '../support/git/git-repo.ts';

const undo: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(undo.map((one) => one())));

/** A program that leaves a file when it is run. */
async function aTrap(): Promise<{ program: string; wasRun: () => Promise<boolean> }> {
  const folder = await mkdtemp(join(tmpdir(), 'stk-trap-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const [program, mark] = [join(folder, 'program'), join(folder, 'mark')];
  await writeFile(program, `#!/bin/sh\ntouch ${mark}\ncat\n`);
  await chmod(program, 0o755);
  return {
    program,
    wasRun: () =>
      access(mark).then(
        () => true,
        () => false,
      ),
  };
}

async function aRepo(): Promise<Awaited<ReturnType<typeof createTestRepo>>> {
  const repo = await createTestRepo();
  undo.push(() => repo.remove());
  await repo.commit('first', { 'a.txt': 'a', '.gitattributes': '*.txt filter=trap diff=trap' });
  return repo;
}

it('a folder of ordinary files that looks like a bare repository', async () => {
  const [repo, trap] = [await aRepo(), await aTrap()];
  const folder = join(repo.directory, 'app');
  await mkdir(join(folder, 'objects'), { recursive: true });
  await mkdir(join(folder, 'refs'));
  await writeFile(join(folder, 'HEAD'), 'ref: refs/heads/main\n');
  await writeFile(
    join(folder, 'config'),
    `[core]\nrepositoryformatversion = 0\nbare = false\nworktree = ..\nfsmonitor = ${trap.program}\n`,
  );
  const found = await readApplicationRef({
    directory: folder,
    ref: undefined,
    environment: gitTestEnvironment,
  });
  expect(found.commit).toBeUndefined();
  await expect(locateRepository(folder, gitEnvironment(gitTestEnvironment))).rejects.toMatchObject({
    code: 'not-a-config-repo',
  });
  expect(await trap.wasRun()).toBe(false);
});

it('a repository with programs in its configuration', async () => {
  const [repo, trap] = [await aRepo(), await aTrap()];
  const keys = [
    'core.fsmonitor',
    'filter.trap.clean',
    'filter.trap.process',
    'diff.trap.command',
    'diff.external',
  ];
  for (const key of keys) await repo.git('config', key, trap.program);
  await repo.git('config', 'filter.trap.required', 'true');
  await writeFile(join(repo.directory, 'a.txt'), 'b');
  const found = await readApplicationRef({
    directory: repo.directory,
    ref: undefined,
    environment: gitTestEnvironment,
  });
  expect(found.isDirty).toBe(true);
  expect(await trap.wasRun()).toBe(false);
  // The trap is one: git itself runs it.
  await repo.tryGit('-c', 'core.fsmonitor=false', 'diff', '--stat');
  expect(await trap.wasRun()).toBe(true);
});
