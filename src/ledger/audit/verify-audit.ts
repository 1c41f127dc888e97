// Whether the two branches still say what they said: nothing of the records was changed or rewritten, every event speaks of a
// commit that is there, and nothing was activated that was not admitted.
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import type { EventRecord } from '../../model/record.ts';
import { countingRules } from '../records/counting-rules.ts';
import { judgeRecord } from '../records/judge-record.ts';
import type { RecordReader } from '../records/record-reader.ts';
import { collectAdditions } from '../records/verify-changes.ts';

export interface AuditProblem {
  readonly code:
    'record-changed' | 'branch-rewritten' | 'since-not-on-branch' | 'revision-missing' | 'not-admitted';
  readonly message: string;
  /** Path on the records branch; null: it is about the branch. */
  readonly record: string | null;
  /** Commit. */
  readonly revision: string | null;
}

export interface VerifyRequest {
  readonly repo: ConfigRepo;
  readonly pipeline: Pipeline;
  readonly revision: string;
  /** Null: there are no records. */
  readonly recordsTip: string | null;
  readonly records: RecordReader;
  /** Tips that the branch had before, as this clone remembers them. */
  readonly formerTips: readonly string[];
  readonly now: number;
}

export interface Verification {
  readonly records: number;
  readonly events: number;
  readonly problems: readonly AuditProblem[];
}

export async function verifyAudit(request: VerifyRequest): Promise<Verification> {
  const { repo, pipeline, recordsTip, formerTips } = request;
  const { branch, since } = pipeline.records;
  if (recordsTip === null) {
    const message = `${branch} is gone, and this clone has seen records on it.`;
    const problems = formerTips.slice(0, 1).map((revision) => rewritten(message, revision));
    return { records: 0, events: 0, problems };
  }
  if (since !== undefined && !(await repo.isAncestor(since, recordsTip))) {
    const message = `records.since names ${since.slice(0, 12)}, which is not on ${branch}.`;
    const problem = { code: 'since-not-on-branch', message, record: null, revision: since } as const;
    return { records: 0, events: 0, problems: [problem] };
  }
  const known = since === undefined ? [] : [since];
  const { added, broken } = collectAdditions(await repo.graph.changes({ tip: recordsTip, known }));
  const problems: AuditProblem[] = broken.map(({ path, commit, how }) => ({
    code: 'record-changed',
    message: `${commit.slice(0, 12)} ${how} ${path}; records are never changed or removed.`,
    record: path,
    revision: commit,
  }));
  for (const former of new Set(since === undefined ? formerTips : [])) {
    if (await repo.isAncestor(former, recordsTip)) continue;
    const message = `${branch} was rewritten: ${recordsTip.slice(0, 12)} does not descend from ${former.slice(0, 12)}, which it was before.`;
    problems.push(rewritten(message, former));
  }
  const events = await readEvents(request, added);
  problems.push(...(await judgeEvents(request, events)));
  return { records: added.length, events: events.length, problems };
}

interface FoundEvent {
  readonly path: string;
  readonly event: EventRecord;
}

async function readEvents(
  { pipeline, records, now }: VerifyRequest,
  added: readonly { readonly path: string }[],
): Promise<readonly FoundEvent[]> {
  const rules = countingRules(pipeline, now);
  const releases = new Set(added.flatMap(({ path }) => path.split('/')[2] ?? []));
  const found: FoundEvent[] = [];
  for (const release of releases) {
    for (const { path, record, refusal } of (await records.of(release)).map((one) => judgeRecord(one, rules)))
      if (record?.record === 'event' && refusal === null) found.push({ path, event: record });
  }
  return found;
}

async function judgeEvents(
  { repo, revision: tip }: VerifyRequest,
  events: readonly FoundEvent[],
): Promise<readonly AuditProblem[]> {
  const admitted = new Set(
    events.filter(({ event }) => event.event === 'admitted').map(({ event }) => keyOf(event)),
  );
  const isThere = new Map<string, boolean>();
  const problems: AuditProblem[] = [];
  for (const { path, event } of events) {
    const { revision, environment, release } = event;
    let there = isThere.get(revision);
    if (there === undefined) isThere.set(revision, (there = await isOnBranch(repo, revision, tip)));
    const base = { record: path, revision };
    if (!there)
      problems.push({
        code: 'revision-missing',
        message: `An event of ${environment} speaks of ${revision.slice(0, 12)}, which is not on the followed branch.`,
        ...base,
      });
    if (event.event === 'activated' && !admitted.has(keyOf(event)))
      problems.push({
        code: 'not-admitted',
        message: `${environment} activated ${release} of ${revision.slice(0, 12)} without an admission.`,
        ...base,
      });
  }
  return problems;
}

function keyOf({ environment, revision, release, digest }: EventRecord): string {
  return [environment, revision, release, digest].join(' ');
}

/** A commit that this clone does not have is not on the branch either. */
async function isOnBranch(repo: ConfigRepo, revision: string, tip: string): Promise<boolean> {
  return repo.isAncestor(revision, tip).catch(() => false);
}

function rewritten(message: string, revision: string): AuditProblem {
  return { code: 'branch-rewritten', message, record: null, revision };
}
