import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
// Loaded before a command loads them twice at once, which jest's ESM does not bear.
import '../../src/cli/commands/approve.ts';
import '../../src/cli/commands/audit.ts';
import '../../src/cli/commands/audit-verify.ts';
import '../../src/cli/commands/evidence/evidence-collect.ts';
import '../../src/cli/commands/release/release-promote.ts';
import '../../src/cli/repo/open-local-repo.ts';
import '../../src/git/clone/append-to-branch.ts';
import '../../src/git/clone/commit-upstream.ts';
import '../../src/git/git-config-repo.ts';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runStk, type StkRun } from '../support/hub/run-stk.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { aPointer, aProject, aRelease } from '../support/documents/release.ts';

const people = {
  reviewer: ['rev@example.com'],
  'release-approver': ['ada@example.com', 'operator@example.com'],
  'incident-commander': ['grace@example.com'],
  ci: ['ci@example.com'],
};
const ada = 'Ada <ada@example.com>';
const ci = 'CI <ci@example.com>';
const database = { embedded: true };

/** No Hub runs: what is written to git counts without one. */
describe('stk evidence, approve, freeze, veto and diff in a clone', () => {
  let origin: TestRepo;
  let clone: TestRepo;
  beforeAll(async () => {
    origin = await createTestRepo({
      bare: true,
      files: {
        'stk.yaml': aProject({
          people,
          environments: {
            dev: { database },
            prod: {
              database,
              from: 'dev',
              gates: {
                approve: { approval: { role: 'release-approver' } },
                hours: { window: { deny: [{ cron: '0 9 * * *', for: '1h' }] } },
              },
            },
          },
        }),
        'releases/v1.0.0.yaml': aRelease({ release: 'v1.0.0' }),
        'releases/v1.1.0.yaml': aRelease({
          release: 'v1.1.0',
          ref: 'abcdef1234567',
          config: { greeting: 'hi' },
        }),
        'environments/dev.yaml': aPointer('v1.0.0'),
        'environments/prod.yaml': aPointer('v1.0.0'),
      },
    });
    clone = await origin.clone();
  });
  afterAll(() => origin.remove());

  const stk = (...argv: readonly string[]): Promise<StkRun> =>
    runStk({ directory: clone.directory, variables: { STK_HUB: 'http://127.0.0.1:18' } }, ...argv);
  const fact = (run: StkRun): unknown => [run.exitCode, run.stderr];
  const records = (): Promise<string> => origin.git('ls-tree', '-r', '--name-only', 'stk-records');

  it('records a check of somebody with the role on the remote, and lists what counts', async () => {
    const check = ['evidence', 'check', '--release', 'v1.1.0', '--name', 'unit-tests', '--status', 'passed'];
    const refused = await stk(...check);
    expect(fact(refused)).toEqual([3, expect.stringMatching(/needs the role ci[^]*nothing was written/)]);
    const other = await stk(...check, '--author', ci, '--commit', '1234567');
    expect(fact(other)).toEqual([3, expect.stringMatching(/cut from abcdef123456/)]);
    const dry = await stk(...check, '--author', ci, '--dry-run');
    expect([dry.exitCode, dry.stdout]).toEqual([0, expect.stringContaining('status: passed')]);
    expect((await origin.tryGit('rev-parse', '--verify', 'stk-records')).exitCode).not.toBe(0);

    const written = await stk(
      ...check,
      '--author',
      ci,
      '--value',
      'coverage=83.4',
      '--run-id',
      '12345',
      '--commit',
      'ABCDEF1',
      '--json',
    );
    expect([written.exitCode, written.json]).toMatchObject([
      0,
      {
        written: true,
        pushedTo: 'origin',
        record: { by: 'ci@example.com', values: { coverage: 83.4 }, runId: '12345' },
      },
    ]);
    expect(await records()).toMatch(/^releases\/[0-9a-f]{2}\/v1\.1\.0\/check\/\S+\.yaml$/);

    const listed = await stk('evidence', 'list', '--release', 'v1.1.0', '--json');
    expect(listed.json).toMatchObject({
      release: 'v1.1.0',
      records: [{ counts: true, reason: null, record: { name: 'unit-tests' } }],
    });
    expect((await stk('evidence', 'list', '--release', 'v1.1.0')).stdout).toMatch(
      /unit-tests passed coverage=83\.4\s+ci@example\.com\s+yes/,
    );
    expect((await stk('evidence', 'list', '--release', 'v9')).exitCode).toBe(4);
  });

  it('records the scores of an evaluation, and refuses a file that is not of its form, with the line', async () => {
    const file = join(clone.directory, 'scores.jsonl');
    const run = (...args: string[]) =>
      stk(
        'evidence',
        'eval',
        '--release',
        'v1.1.0',
        '--name',
        'ai-eval',
        '--set',
        's1',
        '--author',
        ci,
        ...args,
      );
    await writeFile(file, '{"case": "a", "score": 0.5}\n{"case": "a", "score": 1}\n');
    expect(fact(await run('--scores', file))).toEqual([
      2,
      expect.stringMatching(/jsonl:2: the case "a" has/),
    ]);
    expect(fact(await run())).toEqual([2, expect.stringContaining('--mean and --cases')]);

    await writeFile(file, '{"case": "a", "score": 0.5}\n{"case": "b", "score": 1}\n');
    const written = await run('--scores', file, '--json');
    await rm(file);

    expect([written.exitCode, written.json]).toMatchObject([
      0,
      { written: true, record: { mean: 0.75, cases: 2, scores: { a: 0.5, b: 1 } } },
    ]);
  });

  it('takes an approval of the role, of no author, and a rejection', async () => {
    const before = await records();
    const approve = ['approve', '--release', 'v1.1.0', '--env', 'prod'];
    const noRole = await stk(...approve, '--author', 'Rev <rev@example.com>');
    expect(fact(noRole)).toEqual([3, expect.stringMatching(/needs the role release-approver/)]);
    const author = await stk(...approve);
    expect(fact(author)).toEqual([
      3,
      expect.stringMatching(/operator@example\.com is an author of the release v1\.1\.0/),
    ]);
    expect(await records()).toBe(before);
    const approved = await stk(...approve, '--author', ada, '--comment', 'looks good', '--json');
    expect([approved.exitCode, approved.json]).toMatchObject([
      0,
      { record: { record: 'approval', environment: 'prod', by: 'ada@example.com' } },
    ]);
    const rejected = await stk(
      'reject',
      '--release',
      'v1.1.0',
      '--env',
      'prod',
      '--comment',
      'wait',
      '--author',
      ada,
    );
    expect(rejected.exitCode).toBe(0);
    expect((await stk('reject', '--release', 'v1.1.0', '--env', 'prod')).exitCode).toBe(2);
    expect((await records()).split('\n')).toHaveLength(before.split('\n').length + 2);
  });

  it('marks an approval of a hotfix with the commit that wrote the key', async () => {
    await clone.git('pull', '--quiet');
    const revision = await clone.commit('hotfix(prod): v1.1.0', {
      'environments/prod.yaml': `${aPointer('v1.1.0')}hotfix: { reason: urgent }\n`,
    });
    await clone.git('push', '--quiet');
    const approved = await stk('approve', '--release', 'v1.1.0', '--env', 'prod', '--author', ada, '--json');
    expect(approved.json).toMatchObject({ record: { hotfix: revision } });
    expect(approved.stderr).toMatch(/It skips: from, approve, hours/);
    await clone.commit('revert: back', { 'environments/prod.yaml': aPointer('v1.0.0') });
    await clone.git('push', '--quiet');
  });

  it('freezes, halts and lifts, one file and one commit each', async () => {
    const frozen = await stk(
      'freeze',
      '--env',
      'prod',
      '--reason',
      'fair',
      '--until',
      '2099-12-06',
      '--json',
    );
    expect(frozen.json).toMatchObject({
      committed: true,
      pushed: true,
      freeze: expect.stringMatching(/^prod-\d{8}-1$/),
    });
    const name = (await origin.git('ls-tree', '--name-only', 'main:freezes')).replace('.yaml', '');
    expect(await origin.git('show', `main:freezes/${name}.yaml`)).toContain(
      'environments:\n  - prod\nreason: fair',
    );
    expect((await stk('freeze', name, '--reason', 'again')).exitCode).toBe(3);
    expect(fact(await stk('freeze', '--env', 'pord', '--reason', 'x'))).toEqual([
      4,
      expect.stringMatching(/did you mean "prod"/),
    ]);
    expect((await stk('freeze', '--reason', 'x', '--until', 'tomorrow')).exitCode).toBe(2);
    expect((await stk('halt', '--reason', 'fire')).exitCode).toBe(0);
    expect((await stk('halt', '--reason', 'fire again', '--json')).json).toMatchObject({ already: true });
    for (const one of ['halt', name]) expect((await stk('unfreeze', one)).exitCode).toBe(0);
    expect((await stk('unfreeze', name)).exitCode).toBe(4);
    expect((await origin.tryGit('rev-parse', 'main:freezes')).exitCode).not.toBe(0);
    expect(await clone.git('status', '--porcelain')).toBe('');
  });

  it('lets only the role override a freeze, before anything is written', async () => {
    await stk('freeze', 'fair', '--reason', 'fair');
    const before = await origin.revision('main');
    const promote = [
      'release',
      'promote',
      '--to',
      'prod',
      '--release-id',
      'v1.1.0',
      '--no-check',
      '--override-freeze',
    ];
    expect(fact(await stk(...promote, 'fair', '--reason', 'now'))).toEqual([
      3,
      expect.stringMatching(/may not override a freeze: it needs incident-commander/),
    ]);
    expect((await stk(...promote, 'fiar', '--reason', 'now')).exitCode).toBe(4);
    expect((await stk(...promote, 'fair')).exitCode).toBe(2);
    expect(await origin.revision('main')).toBe(before);
    expect(
      (await stk(...promote, 'fair', '--reason', 'now', '--author', 'Grace <grace@example.com>')).exitCode,
    ).toBe(0);
    expect(await origin.git('show', 'main:environments/prod.yaml')).toMatch(
      /override:\n\s+freeze: fair\n\s+reason: now/,
    );
  });

  it('holds what it rolls back, keeps the hold of a promotion and lifts it', async () => {
    const rollback = ['release', 'rollback', '--env', 'prod', '--to-release-id', 'v1.0.0', '--no-check'];
    expect((await stk(...rollback, '--reason', 'slow')).exitCode).toBe(0);
    const pointer = (): Promise<string> => origin.git('show', 'main:environments/prod.yaml');
    expect(await pointer()).toMatch(/release: v1\.0\.0\nhold:\n\s+reason: slow$/);
    const again = await stk('release', 'promote', '--to', 'prod', '--release-id', 'v1.1.0', '--no-check');
    expect(fact(again)).toEqual([0, expect.stringMatching(/stays on hold[^]*stk resume --env prod/)]);
    expect(await pointer()).toContain('hold:');
    expect((await stk('resume', '--env', 'prod')).exitCode).toBe(0);
    expect(await pointer()).not.toContain('hold');
    expect((await stk('resume', '--env', 'prod', '--json')).json).toMatchObject({ already: true });
    expect((await stk(...rollback, '--no-hold')).exitCode).toBe(0);
    expect(await pointer()).not.toContain('hold');
  });

  it('writes a hotfix at once and says whose approval it needs', async () => {
    const run = await stk(
      'release',
      'hotfix',
      'v1.1.0',
      '--to',
      'prod',
      '--reason',
      'orders are lost',
      '--approver',
      'ada@example.com',
      '--no-check',
      '--json',
      '--author',
      ada,
    );
    expect([run.exitCode, run.stderr]).toEqual([
      0,
      expect.stringMatching(
        /2 approvals by release-approver; asked for it: ada@example\.com: stk approve --release v1\.1\.0 --env prod/,
      ),
    ]);
    expect(await origin.git('show', 'main:environments/prod.yaml')).toMatch(
      /hotfix:\n\s+reason: orders are lost\n\s+approvers:\n\s+- ada@example\.com/,
    );
    const own = await stk('approve', '--release', 'v1.1.0', '--env', 'prod', '--author', ada);
    expect(fact(own)).toEqual([
      3,
      expect.stringMatching(/ada@example\.com is an author of the move of prod/),
    ]);
    const dev = await stk('release', 'hotfix', 'v1.1.0', '--to', 'dev', '--reason', 'x', '--no-check');
    expect(fact(dev)).toEqual([2, expect.stringMatching(/skips nothing/)]);
  });

  it('vetoes a release once and lifts it', async () => {
    expect((await stk('release', 'veto', 'v1.1.0', '--reason', 'loses orders')).exitCode).toBe(0);
    expect(await origin.git('show', 'main:vetoes/v1.1.0.yaml')).toContain(
      'veto: v1.1.0\nreason: loses orders',
    );
    expect((await stk('release', 'veto', 'v1.1.0', '--reason', 'x', '--json')).json).toMatchObject({
      already: true,
    });
    expect((await stk('release', 'veto', 'v9', '--reason', 'x')).exitCode).toBe(4);
    expect((await stk('release', 'unveto', 'v1.1.0')).exitCode).toBe(0);
    expect((await stk('release', 'unveto', 'v1.1.0', '--json')).json).toMatchObject({ already: true });
  });

  it('shows what changes between two releases', async () => {
    const run = await stk('release', 'diff', 'v1.0.0', 'v1.1.0', '--json');
    expect(run.json).toMatchObject({
      from: 'v1.0.0',
      to: 'v1.1.0',
      operations: [],
      config: [{ name: 'greeting', after: '"hi"' }],
    });
    expect((await stk('release', 'diff', 'v1.0.0', 'v1.1.0')).stdout).toMatch(/config\n.*greeting/);
    expect((await stk('release', 'diff', 'v1.0.0', 'v1.0.0')).stdout).toContain('do not differ');
    expect((await stk('release', 'diff', 'v1.0.0', 'v1.9.0')).exitCode).toBe(4);
  });

  it('audits both branches, filtered, and collects the evidence of a release with its sums', async () => {
    const lines = (await stk('audit', '--release', 'v1.1.0', '--format', 'jsonl')).stdout.trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'check',
        'approve',
        'reject',
        'promote',
        'override',
        'hotfix',
        'veto',
        'unveto',
      ]),
    );
    expect(entries.find(({ action }) => action === 'check')).toMatchObject({
      version: 'v1.1.0',
      ci_run_id: '12345',
      commit_sha: 'abcdef1234567',
      to_stage: null,
      result: 'passed',
    });
    expect((await stk('audit', '--env', 'prod', '--since', '1h')).stdout).toMatch(/freeze.*prod.*fair/);
    expect((await stk('audit', '--since', 'yesterday')).exitCode).toBe(2);

    const run = await stk('evidence', 'collect', 'v1.1.0', '--out', '../evidence', '--json');
    expect(run.json).toMatchObject({ files: ['promotion.log', 'metrics.json', 'approval.json', 'MANIFEST'] });
    const folder = join(clone.directory, '../evidence');
    const [sums, approval] = await Promise.all(
      ['MANIFEST', 'approval.json'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    expect(JSON.parse(approval ?? '')).toMatchObject({
      approvals: [{ counts: true }, { counts: true }],
      rejections: [{ counts: true }],
    });
    const log = await readFile(join(folder, 'promotion.log'));
    expect(sums).toContain(`${createHash('sha256').update(log).digest('hex')}  promotion.log`);
  });

  it('notices a record that was removed, and a branch that was rewritten', async () => {
    expect(await stk('audit', 'verify')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^sound: 5 records/),
    });
    const other = await origin.clone();
    await other.git('switch', '--quiet', 'stk-records');
    const sound = await other.revision();
    const [path = ''] = (await records()).split('\n');
    await other.commit('tamper', { [path]: undefined });
    await other.git('push', '--quiet', 'origin', 'stk-records');
    const removed = await stk('audit', 'verify', '--json');
    expect([removed.exitCode, removed.json]).toMatchObject([
      3,
      { problems: [{ code: 'record-changed', record: path }] },
    ]);
    await other.git('reset', '--quiet', '--hard', `${sound}~1`);
    await other.git('push', '--quiet', '--force', 'origin', 'stk-records');
    expect(await stk('audit', 'verify')).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/branch-rewritten/),
    });
  });
});

describe('a commit that would not count, or would go to the wrong branch', () => {
  async function cloneOf(parts: Readonly<Record<string, unknown>>): Promise<{
    readonly origin: TestRepo;
    readonly stk: (...argv: readonly string[]) => Promise<StkRun>;
  }> {
    const origin = await createTestRepo({
      bare: true,
      files: {
        'stk.yaml': aProject({
          people,
          environments: { dev: { database, trust: { signatures: 'none' } }, prod: { database } },
          ...parts,
        }),
        'releases/v1.0.0.yaml': aRelease({ release: 'v1.0.0' }),
        'releases/v1.1.0.yaml': aRelease({ release: 'v1.1.0' }),
        'environments/dev.yaml': aPointer('v1.0.0'),
        'environments/prod.yaml': aPointer('v1.0.0'),
      },
    });
    const { directory } = await origin.clone();
    const stk = (...argv: readonly string[]): Promise<StkRun> =>
      runStk({ directory, variables: { STK_HUB: 'http://127.0.0.1:18' } }, ...argv);
    return { origin, stk };
  }
  const check = [
    'evidence',
    'check',
    '--release',
    'v1.1.0',
    '--name',
    'ci',
    '--status',
    'passed',
    '--author',
    ci,
  ];
  const moveTo = (environment: string): readonly string[] =>
    `release promote --to ${environment} --release-id v1.1.0 --no-check --no-wait`.split(' ');

  it('is announced as unsigned where signatures are required, and nowhere else', async () => {
    const { origin, stk } = await cloneOf({ trust: { signatures: 'required' } });
    try {
      // A freeze counts unsigned.
      const frozen = await stk('freeze', 'fair', '--reason', 'fair');
      expect([frozen.exitCode, frozen.stderr]).toEqual([0, expect.not.stringContaining('unsigned')]);
      for (const argv of [check, moveTo('prod'), ['unfreeze', 'fair']]) {
        const run = await stk(...argv);
        expect([run.exitCode, run.stderr]).toEqual([
          0,
          expect.stringMatching(
            /^unsigned: (?:prod|stk\.yaml) requires signatures, .* this commit will not count\. .*git config commit\.gpgSign true$/m,
          ),
        ]);
      }
      const dev = await stk(...moveTo('dev'));
      expect([dev.exitCode, dev.stderr]).toEqual([0, expect.not.stringContaining('unsigned')]);
    } finally {
      await origin.remove();
    }
  });

  it('is refused as a record on the branch that is checked out, and nothing is written', async () => {
    const { origin, stk } = await cloneOf({ records: { branch: 'main' } });
    try {
      const before = await origin.git('rev-parse', 'main');
      const run = await stk(...check);
      expect([run.exitCode, run.stderr]).toEqual([
        2,
        expect.stringMatching(
          /main is the branch of this clone; records need a separate branch\n.*records\.branch/,
        ),
      ]);
      expect(await origin.git('rev-parse', 'main')).toBe(before);
    } finally {
      await origin.remove();
    }
  });
});
