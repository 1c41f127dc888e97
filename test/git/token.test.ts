// STK_GIT_TOKEN against git's own HTTP backend: where it goes, and where it never does.
import { afterEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { openConfigRepo } from '../../src/git/open-config-repo.ts';
import { pointer, stillClock } from '../support/git/git-config-repo.ts';
import { redirectTo, serveGitOverHttp } from '../support/git/git-http-server.ts';
import { createTestRepo, gitTestEnvironment } from '../support/git/git-repo.ts';

const token = 'tok-3f9c1e7a55';
const encoded = Buffer.from(`x-access-token:${token}`).toString('base64');
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stk-token-'));
  undo.push(() => rm(folder, { recursive: true }));
  return folder;
}

async function aServer(options: { readonly isPublic?: boolean } = {}) {
  const repo = await createTestRepo({
    bare: true,
    files: { 'stk.yaml': 'project: shop\n', 'environments/dev.yaml': pointer('v1') },
  });
  undo.push(() => repo.remove());
  const server = await serveGitOverHttp(repo.directory, options.isPublic === true ? undefined : token);
  undo.push(() => server.close());
  return { repo, server };
}

const open = async (url: string, options: { token?: string; environment?: Record<string, string> } = {}) => {
  const stateDirectory = await aFolder();
  const config = await openConfigRepo({
    location: url,
    stateDirectory,
    environment: { ...gitTestEnvironment, ...options.environment },
    token: options.token,
    clock: stillClock,
    readPointer: (text) => text,
  });
  undo.push(() => config.close());
  return { config, stateDirectory };
};

async function filesBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const paths = names.map((name) => join(folder, name));
  const kinds = await Promise.all(paths.map((path) => stat(path)));
  return paths.filter((_path, index) => kinds[index]?.isFile() === true);
}

describe('STK_GIT_TOKEN', () => {
  it('opens and pushes to a remote that asks for it; without it the remote is unavailable', async () => {
    const { repo, server } = await aServer();
    const url = `${server.origin}/repo.git`;
    await expect(open(url)).rejects.toMatchObject({ code: 'git-unavailable' });
    const { config } = await open(url, { token });
    const expected = await config.resolve();
    expect(expected).toBe(await repo.revision('main'));
    const outcome = await config.commitFiles({
      files: new Map([['environments/dev.yaml', pointer('v2')]]),
      message: 'promote(dev): v1 -> v2',
      author: { name: 'Hub', email: 'hub@example.com' },
      expected,
    });
    expect(outcome).toEqual({ kind: 'committed', revision: await repo.revision('main') });
  });

  it('appears in no argument list, no file and no error', async () => {
    const { server } = await aServer();
    const tools = await aFolder();
    const seen = join(tools, 'arguments');
    const home = await aFolder();
    const [realGit] = (gitTestEnvironment['PATH'] ?? '').split(delimiter);
    await writeFile(
      join(tools, 'git'),
      `#!/bin/sh\nprintf '%s\\n' "$*" >>'${seen}'\nPATH='${gitTestEnvironment['PATH'] ?? ''}' exec git "$@"\n`,
    );
    await chmod(join(tools, 'git'), 0o755);
    // An operator's helper that keeps what worked.
    const configuration = join(home, '.gitconfig');
    await writeFile(configuration, `[credential]\n\thelper = store --file '${join(home, 'kept')}'\n`);
    const environment = {
      PATH: `${tools}${delimiter}${realGit ?? ''}${delimiter}${gitTestEnvironment['PATH'] ?? ''}`,
      HOME: home,
      GIT_CONFIG_GLOBAL: configuration,
    };
    const { stateDirectory } = await open(`${server.origin}/repo.git`, { token, environment });
    const refused = await open(`${server.origin}/none.git`, { token, environment }).then(
      () => '',
      (error: unknown) => JSON.stringify([String(error), error]),
    );
    expect(refused).toContain('none.git');
    expect(await readFile(seen, 'utf8')).toContain('fetch');
    const files = [seen, ...(await filesBelow(stateDirectory)), ...(await filesBelow(home))];
    const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
    for (const text of [refused, ...texts]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(encoded);
    }
  });

  it('goes to the origin that was named, not to one that this sends on to', async () => {
    const { server } = await aServer({ isPublic: true });
    const front = await redirectTo(server.origin);
    undo.push(() => front.close());
    await open(`${front.origin}/repo.git`, { token });
    expect(server.authorizations.length).toBeGreaterThan(1);
    expect(server.authorizations.filter((sent) => sent !== undefined)).toEqual([]);
  });
});
