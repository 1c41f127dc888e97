// Files of an environment: what does not parse, does not fit or is missing is told; nothing outside the root is read.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FileNeed } from '../../src/model/file-store.ts';
import { lookAtFiles } from '../../src/serving/files/look-at-files.ts';

let root: string;
const agents: FileNeed = {
  glob: 'agents/*.json',
  schema: {
    type: 'object',
    properties: { name: { type: 'string' } },
    required: ['name'],
    additionalProperties: false,
  },
  isRequired: true,
};
const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};
const look = (...needs: readonly FileNeed[]) => lookAtFiles(root, needs, undefined);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stk-files-'));
  await put('agents/one.json', '{"name": "one"}');
  await put('other/two.txt', 'no JSON, and nobody asks');
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('files of an environment', () => {
  it('that fit give nothing; other files are not looked at', async () => {
    expect(await look(agents)).toEqual([]);
  });

  it('that are missing are told, and so is a root that is not there or is a link', async () => {
    expect(await look({ ...agents, glob: 'none/*.json' })).toEqual([
      { code: 'FIL003', file: 'none/*.json', why: 'no file has this name' },
    ]);
    expect(await lookAtFiles(join(root, 'gone'), [agents], undefined)).toMatchObject([{ code: 'FIL003' }]);
    await symlink(root, `${root}-link`);
    expect(await lookAtFiles(`${root}-link`, [agents], undefined)).toMatchObject([{ code: 'FIL003' }]);
    await rm(`${root}-link`);
  });

  it.each([
    [
      'secret',
      async () => put('bad/a.json', '{"name": 5, "password": "hunter2"'),
      'FIL001',
      'it is not JSON',
    ],
    ['a value', async () => put('bad/a.json', '{"name": 12345}'), 'FIL002', '/name does not fit the schema'],
    [
      'a deep document',
      async () => put('bad/a.json', '['.repeat(5000) + ']'.repeat(5000)),
      'FIL001',
      'nested deeper than 100',
    ],
    [
      'a link out of the root',
      async () => {
        await rm(join(root, 'bad/a.json'));
        await symlink('/etc/passwd', join(root, 'bad/a.json'));
      },
      'FIL001',
      'it is a link, which is not followed',
    ],
    [
      '1 GiB',
      async () => {
        await rm(join(root, 'bad/a.json'));
        await put('bad/a.json', '');
        await truncate(join(root, 'bad/a.json'), 1024 ** 3);
      },
      'FIL001',
      'it has 1073741824 bytes',
    ],
  ])('with %s is told by file and place, never by value', async (_, make, code, why) => {
    await make();
    const problems = await look({ ...agents, glob: 'bad/**/*.json' });
    expect(problems).toEqual([{ code, file: 'bad/a.json', why: expect.stringContaining(why) }]);
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|12345|root:/);
  });

  it('with a link or too many folders on the way to them are told; what nobody asks for is not', async () => {
    await symlink('/etc', join(root, 'linked'));
    await put('aside/many/x.json', 'no JSON, and nobody asks');
    await put(`deep/${'d/'.repeat(40)}x.json`, '1');
    const why = 'it is a link, which is not followed';
    expect(await look({ ...agents, glob: 'linked/*.json', isRequired: false })).toEqual([
      { code: 'FIL001', file: 'linked', why },
    ]);
    expect(await look({ ...agents, glob: 'deep/**', schema: undefined })).toEqual([
      { code: 'FIL001', file: `deep${'/d'.repeat(32)}`, why: 'it is more than 32 folders deep' },
      { code: 'FIL003', file: 'deep/**', why: 'no file has this name' },
    ]);
  });

  it('that change while they are read are told, and end nothing', async () => {
    // Whatever is read of it is valid, whole or cut short.
    const [long, short] = [' '.repeat(4_000_000), ' '.repeat(3_000_000)].map(
      (space) => `{"name":"x"}${space}`,
    );
    const looked = new AbortController();
    await put('moving/a.json', '{"name":"x"}');
    const writing = (async () => {
      while (!looked.signal.aborted)
        for (const text of [long, short]) await writeFile(join(root, 'moving/a.json'), text ?? '');
    })();
    const told = new Set<string>();
    while (!told.has('it changed while it was read'))
      for (const { why } of await look({ ...agents, glob: 'moving/*.json' })) told.add(why);
    looked.abort();
    await writing;
    expect(await look({ ...agents, glob: 'moving/*.json' })).toEqual([]);
  });

  it('are looked at in another thread, so that this one goes on', async () => {
    await Promise.all(
      Array.from({ length: 2000 }, (_, i) => put(`many/${i % 20}/${i}.json`, '{"name":"x"}')),
    );
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    expect(await look({ ...agents, glob: 'many/**/*.json' })).toEqual([]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});
