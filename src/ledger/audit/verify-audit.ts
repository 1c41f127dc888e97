// Verifies that the two branches were not altered: no record was changed or rewritten, every required signature is good,
// every event names a commit that exists, and no release was activated without an admission.
import { parseRecordPath } from '../../documents/record/record-path.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { EventRecord } from '../../model/pipeline/record.ts';
import { PointerHistory } from '../intent/pointer-history.ts';
import { countingRules } from '../records/counting-rules.ts';
import { collectAdditions } from '../records/verify-changes.ts';
import { findSignatureFaults, type SignatureFault } from '../trust/find-signature-faults.ts';
import type { AuditSource } from './read-audit.ts';

export interface AuditProblem {
  readonly code:
    | 'record-changed'
    | 'branch-rewritten'
    | 'since-not-on-branch'
    | 'policy-unsigned'
    | 'pointer-unsigned'
    | 'record-unsigned'
    | 'rollback-target-lost'
    | 'revision-missing'
    | 'not-admitted';
  readonly message: string;
  /** Path on the records branch; `null` when it is not about a record. */
  readonly record: string | null;
  /** Commit. */
  readonly revision: string | null;
}

export interface VerifyRequest extends AuditSource {
  /** Former tips of the branch, as this clone remembers them. */
  readonly formerTips: readonly string[];
}

export interface AuditVerification {
  readonly records: number;
  readonly events: number;
  readonly problems: readonly AuditProblem[];
}

export async function verifyAudit(request: VerifyRequest): Promise<AuditVerification> {
  const unsigned = (releases: Iterable<string>) => signatureProblems(request, releases);
  const { recordsTip, formerTips, pipeline } = request;
  const { branch, since } = pipeline.records;
  if (recordsTip === null) {
    const message = `${branch} no longer exists, but this clone has seen records on it.`;
    const gone = formerTips.slice(0, 1).map((revision) => rewritten(message, revision));
    return { records: 0, events: 0, problems: [...gone, ...(await unsigned([]))] };
  }
  if (since !== undefined && !(await request.repo.isAncestor(since, recordsTip))) {
    const message = `records.since names ${since.slice(0, 12)}, which is not on ${branch}.`;
    const problem = { code: 'since-not-on-branch', message, record: null, revision: since } as const;
    return { records: 0, events: 0, problems: [problem, ...(await unsigned([]))] };
  }
  const { added, problems } = await branchProblems(request, recordsTip);
  const written = added.flatMap(({ path }) => parseRecordPath(path) ?? []);
  const releases = new Set(written.map(({ release }) => release));
  const events = await readEvents(request, releases);
  const all = [...problems, ...(await unsigned(releases)), ...(await judgeEvents(request, events))];
  return { records: written.length, events: events.length, problems: all };
}

async function branchProblems(
  { repo, pipeline, formerTips }: VerifyRequest,
  tip: string,
): Promise<{
  readonly added: readonly { readonly path: string }[];
  readonly problems: readonly AuditProblem[];
}> {
  const { branch, since } = pipeline.records;
  const known = since === undefined ? [] : [since];
  const { added, broken } = collectAdditions(await repo.graph.changes({ tip, known }));
  const problems: AuditProblem[] = broken.map(({ path, commit, how }) => ({
    code: 'record-changed',
    message: `${commit.slice(0, 12)} ${how} ${path}; records are never changed or removed.`,
    record: path,
    revision: commit,
  }));
  for (const former of new Set(since === undefined ? formerTips : [])) {
    if (await repo.isAncestor(former, tip)) continue;
    const message = `${branch} was rewritten: ${tip.slice(0, 12)} does not descend from ${former.slice(0, 12)}, the former tip.`;
    problems.push(rewritten(message, former));
  }
  return { added, problems };
}

async function signatureProblems(
  request: VerifyRequest,
  releases: Iterable<string>,
): Promise<readonly AuditProblem[]> {
  const { repo, pipeline, now } = request;
  const pointers = new PointerHistory(repo);
  const problems: AuditProblem[] = [];
  const rules = countingRules(pipeline, now);
  for await (const fault of findSignatureFaults({ ...request, pointers, rules, releases }))
    problems.push(describeFault(fault));
  return problems;
}

function describeFault(fault: SignatureFault): AuditProblem {
  if (fault.kind === 'lost-rollback-target') {
    const { environment, release } = fault;
    const message = `${environment} cannot be rolled back to ${release}: no signed record of its activation counts.`;
    return { code: 'rollback-target-lost', message, record: null, revision: null };
  }
  const { kind, path, why } = fault;
  const message = `${path}: ${why}`;
  return { code: `${kind}-unsigned`, message, record: kind === 'record' ? path : null, revision: null };
}

interface FoundEvent {
  readonly path: string;
  readonly event: EventRecord;
}

async function readEvents(
  { pipeline, records, now }: VerifyRequest,
  releases: Iterable<string>,
): Promise<readonly FoundEvent[]> {
  const rules = countingRules(pipeline, now);
  const found: FoundEvent[] = [];
  for (const release of releases) {
    for (const { path, record, refusal } of await records.of(release, rules))
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
        message: `An event of ${environment} names ${revision.slice(0, 12)}, which is not on the followed branch.`,
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

/** A commit that is missing in this clone is not on the branch either. */
async function isOnBranch(repo: ConfigRepo, revision: string, tip: string): Promise<boolean> {
  return repo.isAncestor(revision, tip).catch(() => false);
}

function rewritten(message: string, revision: string): AuditProblem {
  return { code: 'branch-rewritten', message, record: null, revision };
}
