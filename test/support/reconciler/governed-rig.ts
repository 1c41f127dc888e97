// A rig of the reconciler whose prod is governed: it comes from dev, and has gates. Records are written as people and CI write
// them, into the same repository.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventRecord, LedgerRecord } from '../../../src/model/pipeline/record.ts';
import { eventKey } from '../../../src/ledger/records/fold-records.ts';
import { parseRecord } from '../../../src/documents/record/parse-record.ts';
import { aConstantRelease, aPointer } from '../documents/release.ts';
import type { TestRepo } from '../git/git-repo.ts';
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

/** By object id and path, and all of them by the tip of the branch: a test that waits asks again and again. */
const known = new Map<string, LedgerRecord>();
const onTip = new Map<string, readonly LedgerRecord[]>();

async function readRecords({ repo }: Pick<Rig, 'repo'>): Promise<readonly LedgerRecord[]> {
  const ref = join(repo.directory, '.git', 'refs', 'heads', branch);
  const tip = (await readFile(ref, 'utf8').catch(() => '')).trim();
  const records = onTip.get(tip) ?? (await readRecordsAt(repo, tip));
  if (tip !== '') onTip.set(tip, records);
  return records;
}

/** `tip` is empty while nobody has written a record. */
async function readRecordsAt(repo: TestRepo, tip: string): Promise<readonly LedgerRecord[]> {
  if (tip === '') return [];
  const listed = await repo.git('ls-tree', '-r', '--format=%(objectname) %(path)', tip);
  const entries = listed.split('\n').filter((entry) => entry !== '');
  const unknown = entries.filter((entry) => !known.has(entry));
  const ids = unknown.map((entry) => `${entry.slice(0, 40)}\n`).join('');
  let rest = Buffer.from(`${await repo.gitWithInput(ids, 'cat-file', '--batch=%(objectsize)')}\n`);
  for (const entry of unknown) {
    const start = rest.indexOf('\n') + 1;
    const end = start + Number(rest.toString('latin1', 0, start));
    const path = entry.slice(41);
    const parsed = parseRecord(rest.toString('utf8', start, end), { path });
    if (!parsed.ok) throw new Error(`${path} is not a record`);
    known.set(entry, parsed.value);
    rest = rest.subarray(end + 1);
  }
  return entries.flatMap((entry) => known.get(entry) ?? []);
}
