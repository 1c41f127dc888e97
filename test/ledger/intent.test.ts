// What the history of the followed branch says: who authored a move and a release, what the newest move changed besides, and
// what ran in an environment before it had gates.
import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigRepo } from '../../src/git/config-repo.ts';
import type { Content } from '../../src/ledger/intent/pointer-history.ts';
import { readFreezes, readReleaseVeto } from '../../src/ledger/intent/stops.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { closeOpened, openRepo, pointer } from '../support/git/git-config-repo.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { anEvent, anyWriter, branch, record } from '../support/git/records-repo.ts';

const repos: TestRepo[] = [];
const folders: string[] = [];
afterEach(async () => {
  await closeOpened();
  await Promise.all(repos.splice(0).map((repo) => repo.remove()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

const dev = 'environments/dev.yaml';
const listed = 'project: x\nenvironments:\n  dev: { database: { embedded: true } }\n';
const gated =
  'project: x\nenvironments:\n  dev: { database: { embedded: true }, gates: { ci: { check: ci } } }\n';
const release = (id: string, text = id): Record<string, string> => ({ [`releases/${id}.yaml`]: `${text}\n` });

interface Opened {
  readonly source: TestRepo;
  readonly repo: ConfigRepo;
  readonly ledger: Ledger;
  /** Commits as `name@example.com`. */
  by(name: string, files: Readonly<Record<string, string | undefined>>, message?: string): Promise<string>;
  content(id: string, revision?: string): Promise<Content>;
  place(): Promise<{ revision: string; environment: string }>;
}

async function open(files: Readonly<Record<string, string>>): Promise<Opened> {
  const source = await createTestRepo({ files });
  repos.push(source);
  const repo = await openRepo({ location: source.directory });
  const stateDirectory = await mkdtemp(join(tmpdir(), 'stk-ledger-'));
  folders.push(stateDirectory);
  return {
    source,
    repo,
    ledger: new Ledger({ repo, stateDirectory }),
    async by(name, changes, message = name) {
      await source.git('config', 'user.email', `${name}@example.com`);
      return source.commit(message, changes);
    },
    async content(id, revision = 'HEAD') {
      const digest = await source.git('rev-parse', `${revision}:releases/${id}.yaml`);
      return { release: id, digest };
    },
    place: async () => ({ revision: await repo.resolve(), environment: 'dev' }),
  };
}

describe('the authors of a move', () => {
  it('are all who touched the pointer since it named what is served, co-authors included', async () => {
    const at = await open({ ...release('v1'), ...release('v2'), [dev]: pointer('v1') });
    const served = await at.content('v1');
    await at.by('ada', { [dev]: `# soon\n${pointer('v1')}` });
    await at.by('grace', { [dev]: pointer('v2') }, 'move\n\nCo-authored-by: Eve <Eve@example.com>');
    await at.by('bob', { other: 'x' });
    await at.by('carol', { [dev]: `# now\n${pointer('v2')}` }, 'touch\n\nStk-Actor: token-7');
    const authors = await at.ledger.moveAuthors(await at.place(), served);
    expect([...authors].sort()).toEqual([
      'carol@example.com',
      'eve@example.com',
      'grace@example.com',
      'token-7',
    ]);
    const all = await at.ledger.moveAuthors(await at.place(), null);
    expect([...all]).toEqual(expect.arrayContaining(['ada@example.com', 'operator@example.com']));
  });

  it('are, of a merge, those of the commits that it brings in, and the merger only for a change of their own', async () => {
    const at = await open({ ...release('v1'), ...release('v2'), [dev]: pointer('v1') });
    const served = await at.content('v1');
    await at.source.git('checkout', '-q', '-b', 'pull');
    await at.by('ada', { [dev]: pointer('v2') });
    await at.by('bob', { other: 'x' });
    await at.source.git('checkout', '-q', 'main');
    await at.source.git('config', 'user.email', 'merger@example.com');
    await at.source.git('merge', '-q', '--no-ff', '-m', 'merge', 'pull');
    expect([...(await at.ledger.moveAuthors(await at.place(), served))]).toEqual(['ada@example.com']);
    await at.source.git('checkout', '-q', '-b', 'more');
    await at.by('eve', { third: 'x' });
    await at.source.git('checkout', '-q', 'main');
    await at.source.git('config', 'user.email', 'merger@example.com');
    await at.source.git('merge', '-q', '--no-ff', '--no-commit', 'more');
    await at.source.commit('evil merge', { [dev]: `# evil\n${pointer('v2')}` });
    const authors = await at.ledger.moveAuthors(await at.place(), served);
    expect([...authors].sort()).toEqual(['ada@example.com', 'merger@example.com']);
  });

  it('and of a release are all who changed its file', async () => {
    const at = await open({ x: 'x' });
    await at.by('ada', release('v1'));
    await at.by('grace', release('v1', 'other'));
    await at.by('bob', release('v2'));
    const authors = await at.ledger.releaseAuthors(await at.repo.resolve(), 'v1');
    expect([...authors].sort()).toEqual(['ada@example.com', 'grace@example.com']);
  });
});

describe('the newest move', () => {
  it.each([
    ['stk.yaml', { 'stk.yaml': `${gated}# looser\n` }, ['stk.yaml']],
    ['trust/', { 'trust/allowed_signers': 'x' }, ['trust']],
    ['something else', { 'README.md': 'x' }, []],
  ])('tells whether it also changed %s', async (_, besides, expected) => {
    const at = await open({ ...release('v1'), ...release('v2'), [dev]: pointer('v1'), 'stk.yaml': gated });
    const revision = await at.by('ada', { [dev]: pointer('v2'), ...besides });
    await at.by('ada', { [dev]: `# comment\n${pointer('v2')}`, 'stk.yaml': listed });
    const found = await at.ledger.governance.newestMove(await at.repo.resolve(), 'dev');
    expect(found).toMatchObject({
      policyFiles: expected,
      isGoverned: true,
      move: { commit: { revision } },
    });
  });

  it('of an environment that loses its gates in the same commit had gates', async () => {
    const at = await open({ ...release('v1'), ...release('v2'), [dev]: pointer('v1'), 'stk.yaml': gated });
    await at.by('ada', { [dev]: pointer('v2'), 'stk.yaml': listed });
    const found = await at.ledger.governance.newestMove(await at.repo.resolve(), 'dev');
    expect(found).toMatchObject({ policyFiles: ['stk.yaml'], isGoverned: true });
  });
});

describe('the writer of a key of the pointer', () => {
  const held = (id: string): string => `${pointer(id)}hotfix: { reason: night }\n`;

  it('is who wrote it for the release that is named, also by leaving it in', async () => {
    const at = await open({ ...release('v1'), ...release('v2'), [dev]: pointer('v1') });
    const first = await at.by('ada', { [dev]: held('v2') });
    await at.by('bob', { [dev]: `# touched\n${held('v2')}` });
    const writer = async () =>
      (await at.ledger.pointers.writerOf(await at.repo.resolve(), 'dev', 'hotfix'))?.revision;
    expect(await writer()).toBe(first);
    const moved = await at.by('eve', { [dev]: held('v1') });
    expect(await writer()).toBe(moved);
    await at.by('eve', { [dev]: pointer('v1') });
    expect(await writer()).toBeUndefined();
  });
});

describe('freezes and vetoes', () => {
  it('are those of the commit, and what cannot be read freezes or vetoes', async () => {
    const at = await open({
      'freezes/night.yaml': 'freeze: night\nreason: night\nenvironments: [dev]\n',
      'freezes/broken.yaml': 'freeze: [\n',
      'freezes/README.md': 'x',
      'vetoes/v1.yaml': 'veto: v1\nreason: it loses orders\n',
      'vetoes/v2.yaml': 'nonsense\n',
    });
    const revision = await at.repo.resolve();
    const freezes = await readFreezes(at.repo, revision, new Set(['dev']));
    expect(freezes.map(({ name, broken }) => [name, broken === undefined])).toEqual([
      ['README.md', false],
      ['broken', false],
      ['night', true],
    ]);
    const vetoes = await Promise.all(['v1', 'v2', 'v3'].map((id) => readReleaseVeto(at.repo, revision, id)));
    expect(vetoes).toMatchObject([
      { reason: 'it loses orders', broken: undefined },
      { broken: expect.any(String) },
      null,
    ]);
  });
});

describe('what was named before the environment had gates', () => {
  const named = async (at: Opened, id: string): Promise<boolean> =>
    at.ledger.wasNamedBeforeGates(await at.place(), await at.content(id));

  it('is what the pointer named while stk.yaml listed the environment without from and gates', async () => {
    const at = await open({ ...release('v0'), ...release('v1'), ...release('v2'), [dev]: pointer('v0') });
    await at.by('ada', { [dev]: pointer('v1') });
    await at.by('ada', { 'stk.yaml': listed });
    await at.by('ada', { 'stk.yaml': gated });
    await at.by('ada', { [dev]: pointer('v2') });
    expect([await named(at, 'v0'), await named(at, 'v1'), await named(at, 'v2')]).toEqual([
      false,
      true,
      false,
    ]);
    await at.by('ada', { 'stk.yaml': listed });
    await at.by('ada', { [dev]: `# again\n${pointer('v2')}` });
    await at.by('ada', { 'stk.yaml': gated });
    expect(await named(at, 'v2')).toBe(false);
  });

  it('is bound to the content, not to the id', async () => {
    const at = await open({ ...release('v1'), [dev]: pointer('v1'), 'stk.yaml': listed });
    await at.by('ada', release('v1', 'other'));
    await at.by('ada', { 'stk.yaml': gated });
    expect(await named(at, 'v1')).toBe(false);
    expect(await at.ledger.wasNamedBeforeGates(await at.place(), await at.content('v1', 'HEAD~2'))).toBe(
      true,
    );
  });

  it('holds for the first commit when that one brings the gates', async () => {
    const at = await open({ ...release('v1'), ...release('v2'), [dev]: pointer('v1'), 'stk.yaml': gated });
    await at.by('ada', { [dev]: pointer('v2') });
    expect([await named(at, 'v1'), await named(at, 'v2')]).toEqual([true, false]);
  });
});

describe('what ran in an environment, by its events', () => {
  it('is what was activated and not undone; the newest such is what was served last', async () => {
    const files = { ...release('v1'), ...release('v2'), ...release('v3'), 'stk.yaml': gated };
    const at = await open({ ...files, [dev]: pointer('v1') });
    const first = await at.source.revision();
    const second = await at.by('ada', { [dev]: pointer('v2') });
    const third = await at.by('ada', { [dev]: pointer('v3') });
    const [v1, v2, v3] = [await at.content('v1'), await at.content('v2'), await at.content('v3')];
    await record(at.repo, [anEvent({ ...v1, revision: first })]);
    await record(at.repo, [anEvent({ ...v2, revision: second })]);
    await record(at.repo, [anEvent({ ...v2, revision: second, event: 'smoke-failed' })]);
    await record(at.repo, [anEvent({ ...v3, revision: third, event: 'waiting' })]);
    await at.ledger.records.update({ branch, since: undefined });
    const place = await at.place();
    const ran = await Promise.all([v1, v2, v3].map((one) => at.ledger.ranBefore(place, one, anyWriter)));
    expect(ran).toEqual(['ran', 'undone', 'unknown']);
    expect(await at.ledger.servedLast(place, anyWriter)).toMatchObject({
      content: v1,
      event: { revision: first },
    });
    // A person promotes it again, and it stays: it ran.
    await at.by('ada', { [dev]: pointer('v1') });
    const fourth = await at.by('ada', { [dev]: pointer('v2') });
    await record(at.repo, [anEvent({ ...v2, revision: fourth })]);
    await at.ledger.records.update({ branch, since: undefined });
    expect(await at.ledger.ranBefore(await at.place(), v2, anyWriter)).toBe('ran');
    expect(await at.ledger.servedLast(await at.place(), anyWriter)).toMatchObject({ content: v2 });
  });

  it('is undone by a rollback commit that smoke, canary or a trigger caused; by a person it is not', async () => {
    const at = await open({ ...release('v1'), ...release('v2'), [dev]: pointer('v1'), 'stk.yaml': gated });
    const second = await at.by('ada', { [dev]: pointer('v2') });
    await at.by('hub', { [dev]: pointer('v1') }, 'rollback\n\nStk-Action: rollback\nStk-Cause: trigger');
    const v2 = await at.content('v2');
    await record(at.repo, [anEvent({ ...v2, revision: second })]);
    await at.ledger.records.update({ branch, since: undefined });
    expect(await at.ledger.ranBefore(await at.place(), v2, anyWriter)).toBe('undone');
    const third = await at.by('ada', { [dev]: pointer('v2') });
    await at.by('ada', { [dev]: pointer('v1') }, 'rollback\n\nStk-Action: rollback');
    await record(at.repo, [anEvent({ ...v2, revision: third })]);
    await at.ledger.records.update({ branch, since: undefined });
    expect(await at.ledger.ranBefore(await at.place(), v2, anyWriter)).toBe('ran');
  });
});
