// A rig of the reconciler whose prod is governed: it comes from dev, and has gates. Records are written as people and CI write
// them, into the same repository.
import type { EventRecord, LedgerRecord } from '../../../src/model/pipeline/record.ts';
import { eventKey } from '../../../src/ledger/records/fold-records.ts';
import { parseRecord } from '../../../src/documents/record/parse-record.ts';
import { aConstantRelease, aPointer } from '../documents/release.ts';
import { aCheck, branch, record } from '../git/records-repo.ts';
import type { Rig } from './reconciler-rig.ts';
import { rigDatabase } from './rig-databases.ts';
import { aRigProject } from './rig-repo.ts';

export const governed = {
  people: {
    ci: ['ci@example.com'],
    reviewer: ['rev@example.com', 'operator@example.com'],
    'release-approver': ['ada@example.com', 'grace@example.com', 'operator@example.com'],
    'incident-commander': ['grace@example.com'],
  },
  environments: {
    dev: { database: rigDatabase('dev') },
    prod: {
      database: rigDatabase('prod'),
      from: 'dev',
      gates: { ci: { check: 'ci' }, review: { approval: { role: 'reviewer' } } },
    },
  },
};

/** dev and prod on v1, and releases v2 to v4 that fit. */
export function aGovernedRepo(parts: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const releases = ['v1', 'v2', 'v3', 'v4'];
  return {
    'stk.yaml': aRigProject({ ...governed, ...parts }),
    'environments/dev.yaml': aPointer('v1'),
    'environments/prod.yaml': aPointer('v1'),
    ...Object.fromEntries(releases.map((id) => [`releases/${id}.yaml`, aConstantRelease(id)])),
  };
}

export const to = (environment: string, release: string): Record<string, string> => ({
  [`environments/${environment}.yaml`]: aPointer(release),
});

/** What a release's file is bound by. */
export function digestOf(rig: Rig, release: string): Promise<string> {
  return rig.repo.git('rev-parse', `main:releases/${release}.yaml`);
}

/** CI says that the release passed. */
export async function passCi(rig: Rig, release: string): Promise<void> {
  const digest = await digestOf(rig, release);
  await record(rig.reconciler.repo, [aCheck({ release, digest, at: Date.now() })]);
}

export async function approve(
  rig: Rig,
  release: string,
  by: string,
  parts: { readonly digest?: string; readonly hotfix?: string; readonly environment?: string } = {},
): Promise<void> {
  const digest = await digestOf(rig, release);
  const approval = { record: 'approval', release, digest, at: Date.now(), by, environment: 'prod' } as const;
  await record(rig.reconciler.repo, [{ ...approval, ...parts }]);
}

/** Events of the records branch about an environment, as `word release`, in the order of their time. */
export async function eventsOn(rig: Pick<Rig, 'repo'>, environment = 'prod'): Promise<string[]> {
  const found = await readRecords(rig);
  return found
    .filter((one): one is EventRecord => one.record === 'event' && one.environment === environment)
    .sort((a, b) => a.at - b.at)
    .map(({ event, release }) => `${event} ${release}`);
}

/** One key for each event file of an environment: twice the same means that one transition has two ids. */
export async function eventKeysOn(rig: Pick<Rig, 'repo'>, environment: string): Promise<string[]> {
  const found = await readRecords(rig);
  return found.flatMap((one) =>
    one.record === 'event' && one.environment === environment ? eventKey(one) : [],
  );
}

/** Resolves when the records branch has the event. The outbox writes at most once a second. */
export async function untilTold(rig: Rig, event: string): Promise<void> {
  while (!(await eventsOn(rig)).includes(event)) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function readRecords(rig: Pick<Rig, 'repo'>): Promise<LedgerRecord[]> {
  const listed = await rig.repo.tryGit('ls-tree', '-r', '--name-only', branch);
  const paths = listed.exitCode === 0 ? listed.stdout.split('\n').filter((path) => path !== '') : [];
  const records: LedgerRecord[] = [];
  for (const path of paths) {
    const text = await rig.repo.git('show', `${branch}:${path}`);
    const parsed = parseRecord(`${text}\n`, { path });
    if (!parsed.ok) throw new Error(`${path} is not a record`);
    records.push(parsed.value);
  }
  return records;
}
