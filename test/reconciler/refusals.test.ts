// What does not let a release in, one case after another in one running reconciler: each is refused with a reason of its own,
// the audit tells it, and the release enters as soon as the one thing that was wrong is right.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditEntry } from '../../src/ledger/audit/audit-entry.ts';
import { readAudit, type AuditSource } from '../../src/ledger/audit/read-audit.ts';
import { readRecordsAt } from '../../src/ledger/records/records-at.ts';
import { Trust } from '../../src/ledger/trust/trust.ts';
import type { LedgerRecord } from '../../src/model/pipeline/record.ts';
import { aConstantRelease, aPointer } from '../support/documents/release.ts';
import { aCheck, anEvent, branch, record } from '../support/git/records-repo.ts';
import { commitAs, mergeAs } from '../support/git/signing.ts';
import { digestOf, eventsOn, to } from '../support/reconciler/governed-rig.ts';
import { closeRigCompiler, createRig, removeRigs, type Rig } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../support/reconciler/rig-databases.ts';
import { aRigProject } from '../support/reconciler/rig-repo.ts';

const [ada, grace, bob, pat, ci] = ['ada', 'grace', 'bob', 'pat', 'ci'].map(
  (name) => `${name}@example.com`,
) as [string, string, string, string, string];
const project = (parts: Readonly<Record<string, unknown>> = {}): string =>
  aRigProject({
    people: { ci: [ci], approver: [ada, grace, bob, pat], 'incident-commander': [grace] },
    hotfix: { approvals: { role: 'approver', count: 2 } },
    environments: {
      dev: { database: rigDatabase('dev') },
      prod: {
        database: rigDatabase('prod'),
        gates: { ci: { check: 'ci' }, review: { approval: { role: 'approver', expires: '72h' } } },
      },
    },
    ...parts,
  });
const hour = 3_600_000;

interface Refusal {
  readonly name: string;
  /** Of the condition Admitted, once `wrong` is there. */
  readonly reason: string;
  readonly message: RegExp;
  /** What the audit says of the record that does not count. */
  readonly audited?: RegExp;
  /** Moves the pointer to the release, with everything in place but one thing. */
  wrong(release: string): Promise<unknown>;
  /** Puts it right; by default the approval of somebody who may. */
  right?(release: string): Promise<unknown>;
}

let rig: Rig;
const push = (mail: string, files: Readonly<Record<string, string | undefined>>): Promise<string> =>
  commitAs(rig.repo, { by: { mail }, files });
/** A straight push by somebody without a role. */
const point = (release: string): Promise<string> => push('dev@example.com', to('prod', release));

async function judge(
  release: string,
  by: string,
  parts: Partial<Extract<LedgerRecord, { record: 'approval' | 'rejection' }>> & {
    readonly author?: string;
  } = {},
): Promise<void> {
  const { author, ...rest } = parts;
  const base = { record: 'approval', release, digest: await digestOf(rig, release), at: Date.now() } as const;
  await record(rig.reconciler.repo, [{ ...base, by, environment: 'prod', ...rest }], author ?? by);
}

async function passCi(release: string, by = ci): Promise<void> {
  const digest = await digestOf(rig, release);
  await record(rig.reconciler.repo, [aCheck({ release, digest, at: Date.now(), by })]);
}

/** Checked, and moved by a push. */
async function ready(release: string): Promise<void> {
  await passCi(release);
  await point(release);
}

const refusals: readonly Refusal[] = [
  {
    name: 'a straight push without any evidence',
    reason: 'GatePending',
    message: /^2 gates not passed yet\. ci: .*review: 0 of 1 approvals/,
    wrong: point,
    async right(release) {
      await passCi(release);
      await judge(release, ada);
    },
  },
  {
    name: 'the approval of who moved the pointer',
    reason: 'GatePending',
    message: /pat@example\.com is an author/,
    async wrong(release) {
      await passCi(release);
      await push(pat, to('prod', release));
      await judge(release, pat);
    },
  },
  {
    name: 'the approval of who wrote the release',
    reason: 'GatePending',
    message: /bob@example\.com is an author/,
    async wrong(release) {
      await push(bob, { [`releases/${release}.yaml`]: aConstantRelease(release) });
      await ready(release);
      await judge(release, bob);
    },
  },
  {
    name: 'the approval of a co-author of the move',
    reason: 'GatePending',
    message: /bob@example\.com is an author/,
    async wrong(release) {
      await passCi(release);
      await rig.repo.commit(`move\n\nCo-authored-by: Bob <${bob}>`, to('prod', release));
      await judge(release, bob);
    },
  },
  {
    name: 'the approval of who wrote the pull request that somebody else merged',
    reason: 'GatePending',
    message: /pat@example\.com is an author/,
    async wrong(release) {
      await passCi(release);
      await rig.repo.git('checkout', '--quiet', '-b', `pull-${release}`);
      await push(pat, to('prod', release));
      await rig.repo.git('checkout', '--quiet', 'main');
      await mergeAs(rig.repo, `pull-${release}`, { by: { mail: 'dev@example.com' } });
      await judge(release, pat);
    },
  },
  {
    name: 'the approval of who touched the pointer before',
    reason: 'GatePending',
    message: /bob@example\.com is an author/,
    async wrong(release) {
      await passCi(release);
      await push(bob, { 'environments/prod.yaml': `${aPointer(release)}# mine\n` });
      await point(release);
      await judge(release, bob);
    },
  },
  {
    name: 'an approval that says it is by somebody else',
    reason: 'GatePending',
    message: /0 of 1 approvals/,
    audited: /^does not count: it says by: ada@example\.com, but mallory@example\.com is the author/,
    async wrong(release) {
      await ready(release);
      await judge(release, ada, { author: 'mallory@example.com' });
    },
  },
  {
    name: 'an approval that says the Hub wrote it',
    reason: 'GatePending',
    message: /0 of 1 approvals/,
    audited: /^does not count: it says through: hub, but mallory@example\.com/,
    async wrong(release) {
      await ready(release);
      await judge(release, ada, { author: 'mallory@example.com', through: 'hub' });
    },
  },
  {
    name: 'an approval of other content under the same id',
    reason: 'GatePending',
    message: /0 of 1 approvals/,
    audited: /^does not count: it is for other content: ffffffffffff/,
    async wrong(release) {
      await ready(release);
      await judge(release, ada, { digest: 'f'.repeat(40) });
    },
  },
  {
    name: 'an approval for another environment',
    reason: 'GatePending',
    message: /0 of 1 approvals/,
    async wrong(release) {
      await ready(release);
      await judge(release, ada, { environment: 'dev' });
    },
  },
  {
    name: 'an approval without the role',
    reason: 'GatePending',
    message: /0 of 1 approvals/,
    audited: /^does not count: a record of kind approval needs the role approver, which ci@example\.com/,
    async wrong(release) {
      await ready(release);
      await judge(release, ci);
    },
  },
  {
    name: 'a check without the role',
    reason: 'GatePending',
    message: /^1 gate not passed yet\. ci: /,
    audited: /^does not count: a record of kind check needs the role ci, which ada@example\.com/,
    async wrong(release) {
      await passCi(release, ada);
      await point(release);
      await judge(release, ada);
    },
    right: (release) => passCi(release),
  },
  {
    name: 'an approval that has expired',
    reason: 'GatePending',
    message: /the approval of ada@example\.com expired at /,
    async wrong(release) {
      await ready(release);
      await judge(release, ada, { at: Date.now() - 73 * hour });
    },
  },
  {
    name: 'an approval that is dated ahead',
    reason: 'GatePending',
    message: /0 of 1 approvals/,
    audited: /^does not count: it is dated .*more than 5 minutes ahead/,
    async wrong(release) {
      await ready(release);
      await judge(release, ada, { at: Date.now() + hour });
    },
    right: (release) => judge(release, grace),
  },
  {
    name: 'a rejection beside an approval',
    reason: 'GateFailed',
    message: /grace@example\.com rejected it \("too slow"\)/,
    async wrong(release) {
      await ready(release);
      await judge(release, grace, { record: 'rejection', comment: 'too slow' });
      await judge(release, ada);
    },
    right: (release) => judge(release, grace),
  },
  {
    name: 'a hotfix with approvals for the normal path',
    reason: 'GatePending',
    message: /^1 gate not passed yet\. hotfix approvals: 0 of 2/,
    async wrong(release) {
      await passCi(release);
      await hotfix(pat, release);
      await judge(release, ada);
      await judge(release, grace);
    },
    right: approveHotfix,
  },
  {
    name: 'a hotfix with its author as the second',
    reason: 'GatePending',
    message: /hotfix approvals: 1 of 2 .*\(ada@example\.com\)\. Not counted: pat@example\.com is an author/,
    async wrong(release) {
      await passCi(release);
      const commit = await hotfix(pat, release);
      for (const by of [ada, pat]) await judge(release, by, { hotfix: commit });
    },
    right: approveHotfix,
  },
  {
    name: 'a hotfix approval on the normal path',
    reason: 'GatePending',
    message: /review: 0 of 1 approvals/,
    async wrong(release) {
      await passCi(release);
      const commit = await hotfix('dev@example.com', release);
      await judge(release, ada, { hotfix: commit });
      await point(release);
    },
  },
  {
    name: 'an override by somebody who may not',
    reason: 'Frozen',
    message:
      /Frozen by fair \(fair\)\. The override by dev@example\.com does not count: it needs one of these roles: incident-com/,
    async wrong(release) {
      await passCi(release);
      await judge(release, ada);
      const override = { freeze: 'fair', reason: 'now' };
      await push('dev@example.com', {
        'freezes/fair.yaml': 'freeze: fair\nreason: fair\n',
        'environments/prod.yaml': `${aPointer(release)}override: ${JSON.stringify(override)}\n`,
      });
    },
    async right(release) {
      const override = { freeze: 'fair', reason: 'now' };
      await push(grace, {
        'environments/prod.yaml': `${aPointer(release)}override: ${JSON.stringify(override)} # grace\n`,
      });
      // Whoever leaves the key in does not write it.
      await rig.reconciler.sync();
      expect(await decision()).toMatchObject({ reason: 'Frozen' });
      await push('dev@example.com', { 'freezes/fair.yaml': undefined });
    },
  },
];

function hotfix(by: string, release: string): Promise<string> {
  const key = JSON.stringify({ reason: 'orders are lost' });
  return push(by, { 'environments/prod.yaml': `${aPointer(release)}hotfix: ${key}\n` });
}

async function approveHotfix(release: string): Promise<void> {
  const commit = await rig.repo.git('log', '-1', '--format=%H', '--', 'environments/prod.yaml');
  for (const by of [grace, bob]) await judge(release, by, { hotfix: commit });
}

const releaseOf = (index: number): string => `r${index + 1}`;

beforeAll(async () => {
  const releases = ['v1', ...refusals.map((_one, index) => releaseOf(index)), 'last'];
  rig = await createRig({
    files: {
      'stk.yaml': project(),
      'environments/dev.yaml': aPointer('v1'),
      'environments/prod.yaml': aPointer('v1'),
      ...Object.fromEntries(releases.map((id) => [`releases/${id}.yaml`, aConstantRelease(id)])),
    },
  });
  // One that is written in its own case.
  await rig.repo.commit('fewer', { 'releases/r3.yaml': undefined });
});

afterAll(async () => {
  await removeRigs();
  await closeRigCompiler();
  await dropRigDatabases();
});

/** On what the Hub has read by now; the condition follows by itself. */
async function decision(): Promise<unknown> {
  const outcome = await rig.reconciler.explain('prod', { release: undefined, author: undefined });
  return outcome.kind === 'explained' ? outcome.explanation : outcome.error;
}

async function audit(): Promise<readonly AuditEntry[]> {
  const { repo } = rig.reconciler;
  const trust = new Trust();
  const revision = await repo.resolve();
  await trust.follow(repo, revision);
  const { pipeline } = rig.reconciler.project();
  const recordsTip = (await repo.readRef(`refs/heads/${branch}`)) ?? null;
  const records = readRecordsAt(repo, { tip: recordsTip, place: pipeline.records, trust });
  const source: AuditSource = { repo, pipeline, revision, recordsTip, records, trust, now: Date.now() };
  const entries: AuditEntry[] = [];
  for await (const entry of readAudit(source)) entries.push(entry);
  return entries;
}

/** The outbox writes at most once a second. */
async function toldOf(...events: readonly string[]): Promise<readonly string[]> {
  for (;;) {
    const told = await eventsOn(rig);
    if (events.every((event) => told.includes(event))) return told;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a release does not enter by', () => {
  it.each(refusals.map((one, index) => ({ ...one, release: releaseOf(index) })))(
    '$name',
    async ({ wrong, right, reason, message, release }) => {
      const before = rig.served('prod');
      await wrong(release);
      await rig.reconciler.sync();
      expect(await decision()).toMatchObject({
        outcome: reason === 'GateFailed' ? 'refused' : 'waiting',
        reason,
        message: expect.stringMatching(message),
      });
      await rig.until(() => rig.condition('prod', 'Admitted').reason === reason);
      expect(rig.served('prod')).toBe(before);
      await (right ?? ((id: string) => judge(id, ada)))(release);
      await rig.reconciler.sync();
      await rig.until(() => rig.served('prod') === release);
    },
  );

  it('and the audit says so of each', async () => {
    const told = await toldOf(`activated ${releaseOf(refusals.length - 1)}`);
    const all = await audit();
    for (const [index, { audited, reason }] of refusals.entries()) {
      const release = releaseOf(index);
      const entries = all.filter(({ version }) => version === release);
      const refused = entries.find(({ action }) => action === 'wait' || action === 'refuse');
      expect([release, refused?.reason]).toEqual([release, expect.stringMatching(/gate|Frozen/)]);
      if (reason === 'GateFailed') expect(told).toContain(`refused ${release}`);
      if (audited !== undefined)
        expect(entries.map(({ result }) => result)).toContainEqual(expect.stringMatching(audited));
    }
  });
});

it('an event that two Hubs wrote counts once, and the audit says so of the second', async () => {
  const digest = await digestOf(rig, 'v1');
  const [revision, at] = [await rig.repo.revision('main'), Date.now()];
  const told = { release: 'v1', digest, environment: 'prod', event: 'canary-failed', revision } as const;
  for (const later of [0, 1]) await record(rig.reconciler.repo, [anEvent({ ...told, at: at + later })]);
  const [second, first, ...others] = (await audit()).filter(({ action }) => action === 'canary-failed');
  expect([first?.result, others]).toEqual(['promotion', []]);
  expect(second?.result).toBe(`does not count: an event counts once, and ${first?.record} says the same`);
});

describe('the records branch', () => {
  const intact = (): string => rig.condition('prod', 'RecordsIntact').reason;
  const reason = async (): Promise<unknown> =>
    Object.entries((await decision()) ?? {}).find(([key]) => key === 'reason')?.[1];

  it('goes on counting as it was when a rejection is removed, or dropped by a rewrite', async () => {
    await ready('last');
    await judge('last', grace, { record: 'rejection' });
    await rig.reconciler.sync();
    expect(await reason()).toBe('GateFailed');
    await toldOf('waiting last', 'refused last');
    const listed = await rig.repo.git('ls-tree', '-r', '--name-only', branch);
    const rejection = listed.split('\n').find((path) => path.includes('/last/rejection/')) ?? '';
    const added = await rig.repo.git('log', '--format=%H', branch, '--', rejection);
    const clone = await rig.repo.clone();
    await clone.git('checkout', '--quiet', branch);
    await clone.commit('never mind', { [rejection]: undefined });
    await clone.git('push', '--quiet', 'origin', branch);
    await rig.reconciler.sync();
    expect([intact(), await reason()]).toEqual(['RecordChanged', 'GateFailed']);
    await rig.repo.git('update-ref', `refs/heads/${branch}`, `${added}~1`);
    await judge('last', ada);
    await rig.reconciler.sync();
    expect([intact(), await reason()]).toEqual(['BranchRewritten', 'GateFailed']);
    const since = await rig.repo.revision(branch);
    await rig.land('accept it', { 'stk.yaml': project({ records: { branch, writers: ['ci'], since } }) });
    expect(intact()).toBe('Intact');
    await rig.until(() => rig.served('prod') === 'last');
  });

  it('that is the followed branch is refused with stk.yaml, and what was in force stays', async () => {
    await rig.land('mixed', { 'stk.yaml': project({ records: { branch: 'main' } }) });
    const valid = rig.condition('prod', 'ProjectValid');
    expect([valid.reason, valid.message]).toEqual([
      'ProjectInvalid',
      expect.stringMatching(/records need a separate branch/),
    ]);
    expect(rig.reconciler.project().pipeline.records.branch).toBe(branch);
  });
});
