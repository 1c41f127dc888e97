// The records branch is followed: what only adds counts, what changes, removes or rewrites is noticed while the former
// content goes on counting, and what was verified is remembered.
import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigRepo } from '../../src/git/config-repo.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { findWriters } from '../../src/ledger/records/find-writers.ts';
import type { RecordsState } from '../../src/ledger/records/records-branch.ts';
import { closeOpened, openRepo } from '../support/git/git-config-repo.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { aCheck, anyWriter, branch, filed, now, record } from '../support/git/records-repo.ts';

const repos: TestRepo[] = [];
const folders: string[] = [];
afterEach(async () => {
  await closeOpened();
  await Promise.all(repos.splice(0).map((repo) => repo.remove()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

interface Followed {
  readonly source: TestRepo;
  readonly repo: ConfigRepo;
  readonly ledger: Ledger;
  readonly state: string;
  update(since?: string): Promise<RecordsState>;
  /** Names of the checks of v1, in order, with `!` where one does not count. */
  checks(): Promise<string[]>;
}

async function follow(options: { bare?: boolean; url?: boolean } = {}): Promise<Followed> {
  const source = await createTestRepo({ bare: options.bare ?? true, files: { 'stk.yaml': 'project: x\n' } });
  repos.push(source);
  const repo = await openRepo({ location: options.url === true ? source.url : source.directory });
  const state = await mkdtemp(join(tmpdir(), 'stk-ledger-'));
  folders.push(state);
  return followed(source, repo, state);
}

function followed(source: TestRepo, repo: ConfigRepo, state: string): Followed {
  const ledger = new Ledger({ repo, stateDirectory: state });
  return {
    source,
    repo,
    ledger,
    state,
    async update(since) {
      await repo.fetch();
      const found = await ledger.records.update({ branch, since });
      await ledger.records.verified();
      return ledger.records.state ?? found;
    },
    async checks() {
      const judged = await ledger.recordsOf('v1', anyWriter);
      return judged.map(({ record: one, refusal }) => {
        const name = one?.record === 'check' ? one.name : '?';
        return refusal === null ? name : `${name}!`;
      });
    },
  };
}

/** Commits on the records branch by hand: path → text, undefined removes. */
async function commitByHand(
  { source }: Followed,
  files: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const clone = await source.clone();
  await clone.git('checkout', '-q', branch);
  const revision = await clone.commit('by hand', files);
  await clone.git('push', '-q', '--force', 'origin', branch);
  return revision;
}

const changedRecord = expect.objectContaining({ kind: 'broken', reason: 'RecordChanged' });

describe('the records branch', () => {
  it('is empty until it is there, and then read by release in the order of the branch', async () => {
    const at = await follow();
    expect(await at.update()).toMatchObject({ tip: null, integrity: { kind: 'intact' } });
    expect(await at.checks()).toEqual([]);
    await record(at.repo, [aCheck({ name: 'second', at: now + 1 })]);
    await record(at.repo, [aCheck({ name: 'older' }), aCheck({ release: 'v2', name: 'other' })]);
    const tip = await record(at.repo, [aCheck({ name: 'by-another' })], 'mallory@example.com');
    expect(await at.update()).toMatchObject({ tip, integrity: { kind: 'intact' } });
    expect(await at.checks()).toEqual(['second', 'older', 'by-another!']);
  });

  it('is remembered as far as it was verified: a new process reads what an earlier one verified', async () => {
    const at = await follow();
    await record(at.repo, [aCheck({ name: 'one' })]);
    await at.update();
    await record(at.repo, [aCheck({ name: 'two' })]);
    await at.update();
    expect(await readdir(join(at.state, 'records'))).toEqual(['5a.txt', 'verified.json'].sort());
    const again = followed(at.source, await openRepo({ location: at.source.directory }), at.state);
    await again.ledger.records.update({ branch, since: undefined });
    expect(await again.checks()).toEqual(['one', 'two']);
    await rm(join(at.state, 'records'), { recursive: true });
    const anew = followed(at.source, again.repo, at.state);
    await anew.ledger.records.update({ branch, since: undefined });
    // Not verified yet, and read nevertheless.
    expect(await anew.checks()).toEqual(['one', 'two']);
    await anew.ledger.records.verified();
  });

  it('that grew while nobody remembered it is verified from there on, and not once more', async () => {
    const at = await follow();
    await record(at.repo, [aCheck({ name: 'one' })]);
    await at.update();
    await writeFile(join(at.state, 'records', 'left-alone'), '');
    await record(at.repo, [aCheck({ name: 'two' })]);
    // Another memory has seen it, as the Hub has its own events while it verifies the branch.
    const other = await mkdtemp(join(tmpdir(), 'stk-ledger-'));
    folders.push(other);
    await followed(at.source, at.repo, other).update();
    const again = followed(at.source, at.repo, at.state);
    expect(await again.update()).toMatchObject({ integrity: { kind: 'intact' } });
    expect(await again.checks()).toEqual(['one', 'two']);
    expect((await readdir(join(at.state, 'records'))).sort()).toEqual([
      '5a.txt',
      'left-alone',
      'verified.json',
    ]);
    const text = await readFile(join(at.state, 'records', '5a.txt'), 'utf8');
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['0', '1']);
  });

  it.each([1, 2, 1_000])('finds who wrote a record, reading %i commits first', async (firstPage) => {
    const at = await follow();
    const records = ['one', 'two', 'three', 'four', 'five', 'six'].map((name) =>
      aCheck({ release: name === 'two' || name === 'five' ? 'v1' : 'v2', name }),
    );
    const commits: string[] = [];
    for (const one of records) commits.push(await record(at.repo, [one]));
    const tip = commits.at(-1) ?? '';
    const paths = records.filter(({ release }) => release === 'v1').map((one) => filed(one).path);
    const files = await Promise.all(
      paths.map(async (path) => ({ path, blob: (await at.repo.entryAt(tip, path))?.id ?? '' })),
    );
    const folder = paths[0]?.split('/').slice(0, 3).join('/') ?? '';
    expect(await findWriters(at.repo, { tip, folder, files, firstPage })).toMatchObject([
      { commit: commits[1], path: paths[0] },
      { commit: commits[4], path: paths[1] },
    ]);
  });

  it('names the commit of a side branch, not the merge that brought it in', async () => {
    const at = await follow();
    await record(at.repo, [aCheck({ name: 'one' })]);
    await at.update();
    const clone = await at.source.clone();
    await clone.git('checkout', '-q', branch);
    await clone.git('config', 'user.email', 'ci@example.com');
    const side = filed(aCheck({ name: 'side' }));
    await clone.commit('side', { [side.path]: side.text });
    await record(at.repo, [aCheck({ name: 'two' })]);
    await clone.git('fetch', '-q');
    await clone.git('config', 'user.email', 'merger@example.com');
    await clone.git('merge', '-q', '--no-ff', '-m', 'merge', `origin/${branch}`);
    await clone.git('push', '-q');
    expect(await at.update()).toMatchObject({ integrity: { kind: 'intact' } });
    expect((await at.checks()).sort()).toEqual(['one', 'side', 'two']);
  });

  it.each([
    ['changed', 'releases: changed\n'],
    ['removed', undefined],
  ])('is not intact when a record was %s, and the former content goes on counting', async (how, text) => {
    const at = await follow();
    const file = filed(aCheck());
    const sound = await record(at.repo, [file.record]);
    await at.update();
    await commitByHand(at, { [file.path]: text });
    const state = await at.update();
    expect(state).toMatchObject({ tip: sound, integrity: changedRecord });
    expect(state.integrity).toMatchObject({ message: expect.stringContaining(`${how} ${file.path}`) });
    expect(await at.checks()).toEqual(['ci']);
  });

  it('is not intact when it was rewritten; records.since accepts that history once', async () => {
    const at = await follow();
    const first = await record(at.repo, [aCheck({ name: 'one' })]);
    const second = await record(at.repo, [aCheck({ name: 'secret' })]);
    await at.update();
    await at.source.git('update-ref', `refs/heads/${branch}`, first);
    const third = await record(at.repo, [aCheck({ name: 'three' })]);
    expect(await at.update()).toMatchObject({ tip: second, integrity: { reason: 'BranchRewritten' } });
    expect(await at.checks()).toEqual(['one', 'secret']);
    expect(await at.update('f'.repeat(40))).toMatchObject({ integrity: { reason: 'SinceNotOnBranch' } });
    expect(await at.update(first)).toMatchObject({ tip: third, integrity: { kind: 'intact' } });
    expect(await at.checks()).toEqual(['one', 'three']);
    await at.source.git('update-ref', `refs/heads/${branch}`, first);
    expect(await at.update(first)).toMatchObject({ tip: third, integrity: { reason: 'BranchRewritten' } });
    expect(await at.checks()).toEqual(['one', 'three']);
  });

  it('that had a record changed before it was first read is not intact, and the changed one does not count', async () => {
    const at = await follow();
    const file = filed(aCheck());
    await record(at.repo, [file.record, aCheck({ name: 'other' })]);
    await commitByHand(at, { [file.path]: file.text.replace('passed', 'failed') });
    expect(await at.update()).toMatchObject({ integrity: changedRecord });
    expect((await at.checks()).sort()).toEqual(['?!', 'other']);
    await record(at.repo, [aCheck({ name: 'more' })]);
    expect(await at.update()).toMatchObject({ integrity: changedRecord });
  });

  it.each([
    ['in a local repository', false],
    ['at a remote', true],
  ])('that was deleted is made again %s', async (_, url) => {
    const at = await follow({ url });
    const tip = await record(at.repo, [aCheck()]);
    await at.update();
    await at.source.git('update-ref', '-d', `refs/heads/${branch}`);
    expect(await at.update()).toMatchObject({ tip, integrity: { kind: 'intact' } });
    expect(await at.source.revision(branch)).toBe(tip);
    expect(await at.checks()).toEqual(['ci']);
  });
});
