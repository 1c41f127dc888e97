import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { runStk, type StkRun } from '../support/hub/run-stk.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';

describe('stk release promote and rollback', () => {
  let served: ServedRepo;
  beforeEach(async () => {
    served = await serveRepo();
  });
  afterEach(() => served.close());

  const stk = (...argv: readonly string[]): Promise<StkRun> =>
    runStk({ directory: served.repo.directory, variables: { STK_HUB: served.hub.url } }, 'release', ...argv);
  const pointer = (): Promise<string> => served.repo.git('show', 'HEAD:environments/prod.yaml');

  it('promotes what dev serves and rolls it back, each by one commit of one file', async () => {
    const before = await served.repo.revision();
    const promoted = await stk('promote', '--project', 'shop', '--from', 'dev', '--to', 'prod', '--json');
    expect(promoted.exitCode).toBe(0);
    expect(promoted.json).toMatchObject({ from: 'v1.0.0', to: 'v1.1.0', committed: true, serving: 'v1.1.0' });
    expect(await pointer()).toContain('v1.1.0');
    expect(await served.repo.git('diff', '--name-only', before, 'HEAD')).toBe('environments/prod.yaml');
    expect(await served.repo.git('log', '-1', '--format=%s')).toBe('promote(prod): v1.0.0 -> v1.1.0');

    const rollback = [
      'rollback',
      '--project',
      'shop',
      '--env',
      'prod',
      '--to-release-id',
      'v1.0.0',
      '--reason',
      'slow',
    ];
    const back = await stk(...rollback);
    expect(back.exitCode).toBe(0);
    expect(await pointer()).toContain('v1.0.0');
    expect(await served.repo.git('log', '-1', '--format=%(trailers:key=Stk-Reason,valueonly)')).toContain(
      'slow',
    );
    const again = await stk(...rollback, '--json');
    expect([again.exitCode, again.json]).toMatchObject([0, { already: true, committed: false }]);
  });

  it('says that a release is in the work tree only, and what a file name stands for', async () => {
    const { directory } = served.repo;
    const text = await readFile(join(directory, 'releases/v1.1.0.yaml'), 'utf8');
    await writeFile(join(directory, 'releases/v7.yaml'), text.replace('release: v1.1.0', 'release: v7'));
    const loose = await stk('promote', '--to', 'prod', '--release-id', 'v7');
    expect([loose.exitCode, loose.stderr]).toEqual([
      4,
      expect.stringMatching(/v7\.yaml is in the work tree/),
    ]);
    expect(loose.stderr).toContain('git add releases/v7.yaml && git commit');
    const named = await stk('promote', '--to', 'prod', '--release-id', 'v1.1.0.yaml');
    expect([named.exitCode, named.stderr]).toEqual([4, expect.stringContaining('Did you mean v1.1.0?')]);
  });

  it.each([
    ['a refused release', ['promote', '--to', 'prod', '--release-id', 'v1.1.0'], 3, /does not fit prod/],
    ['an unknown release', ['promote', '--to', 'prod', '--release-id', 'v9'], 4, /no release/],
    [
      'a release never served there',
      ['rollback', '--env', 'prod', '--to-release-id', 'v1.2.0'],
      4,
      /never served/,
    ],
    [
      'a Hub that is down',
      ['promote', '--from', 'dev', '--to', 'prod', '--hub', 'http://127.0.0.1:18'],
      5,
      /--no-check/,
    ],
    [
      'a Hub that is down, asked about a release by its id',
      ['promote', '--to', 'prod', '--release-id', 'v1.1.0', '--hub', 'http://127.0.0.1:18'],
      5,
      /nothing was written[^]*--no-check/,
    ],
    [
      'a reason of two lines',
      ['promote', '--from', 'dev', '--to', 'prod', '--reason', 'a\nStk-To: x'],
      2,
      /line break/,
    ],
    ['neither source', ['promote', '--to', 'prod'], 2, /either --from/],
    [
      'no source, for the first environment',
      ['promote', '--to', 'dev'],
      2,
      /hint: stk release promote --release-id ID --to dev\n/,
    ],
    ['another letter case', ['promote', '--from', 'dev', '--to', 'PROD'], 4, /did you mean "prod"\?/],
    [
      'a file name, unasked',
      ['promote', '--to', 'prod', '--release-id', 'v1.1.0.yaml', '--no-check'],
      4,
      /there is no release v1\.1\.0\.yaml; did you mean "v1\.1\.0"\?/,
    ],
    ['a dry run', ['promote', '--from', 'dev', '--to', 'prod', '--dry-run'], 0, /fits prod/],
  ])('commits nothing for %s', async (what, argv, exitCode, message) => {
    if (what === 'a refused release') {
      await served.state.owner('alter table prod.customers drop column email');
    }
    const before = await served.repo.revision();
    const run = await stk(...argv);
    expect([run.exitCode, run.stderr]).toEqual([exitCode, expect.stringMatching(message)]);
    expect(await served.repo.revision()).toBe(before);
  });

  it('refuses what git rules out without waiting for the Hub', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    try {
      const run = await stk('rollback', '--env', 'prod', '--to-release-id', 'v1.2.0', '--hub', url);
      expect([run.exitCode, run.stderr]).toEqual([4, expect.stringMatching(/never served/)]);
    } finally {
      // Nothing is left open: otherwise it would not close.
      await new Promise((resolve) => silent.close(resolve));
    }
  });

  it('commits without asking when told so, and says that nobody checked', async () => {
    const run = await stk(
      'promote',
      '--from',
      'dev',
      '--to',
      'prod',
      '--no-check',
      '--hub',
      'http://127.0.0.1:18',
    );
    expect(run.exitCode).toBe(0);
    expect(await served.repo.git('log', '-1', '--format=%(trailers:key=Stk-Unchecked,valueonly)')).toContain(
      'true',
    );
    expect(run.stderr).toContain('unchecked');
  });
});
