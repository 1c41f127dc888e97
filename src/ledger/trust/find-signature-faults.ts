// Required signatures that are missing or bad: on the commits of the current pointers, on the policy, and on records
// that would count otherwise. Names the releases that can no longer be rolled back to because of that.
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import type { PointerHistory } from '../intent/pointer-history.ts';
import type { CountingRules } from '../records/judge-record.ts';
import type { JudgedRecords } from '../records/judged-records.ts';
import type { Trust } from './trust.ts';

export type SignatureFault =
  | { readonly kind: 'policy' | 'pointer' | 'record'; readonly path: string; readonly why: string }
  /** Every activation that would otherwise count has lost its signature. */
  | { readonly kind: 'lost-rollback-target'; readonly environment: string; readonly release: string };

export interface SignatureAudit {
  readonly repo: ConfigRepo;
  readonly trust: Trust;
  readonly pointers: PointerHistory;
  readonly records: JudgedRecords;
  /** The tip of the followed branch. */
  readonly revision: string;
  readonly pipeline: Pipeline;
  readonly rules: CountingRules;
  /** The releases whose records are read. */
  readonly releases: Iterable<string> | AsyncIterable<string>;
}

/** Empty when no signature is required. Throws git's errors. */
export async function* findSignatureFaults(
  audit: SignatureAudit,
): AsyncGenerator<SignatureFault, void, void> {
  const { repo, revision } = audit;
  const { refused, trust } = await audit.trust.follow(repo, revision);
  if (refused !== null) yield { kind: 'policy', path: 'stk.yaml', why: refused.why };
  if (!trust.requires) return;
  yield* pointerFaults(audit);
  for await (const release of audit.releases) yield* recordFaults(audit, release);
}

async function* pointerFaults({
  repo,
  trust,
  pointers,
  revision,
  pipeline,
}: SignatureAudit): AsyncGenerator<SignatureFault, void, void> {
  for (const [environment, { signatures }] of pipeline.environments) {
    if (signatures === 'none') continue;
    for await (const { commit, release, digest } of pointers.walk(revision, environment)) {
      if (release === null || digest === null) break;
      const judged = await trust.judgePointer(repo, { commit, environment, content: { release, digest } });
      if (!judged.counts)
        yield { kind: 'pointer', path: `environments/${environment}.yaml`, why: judged.why };
      break;
    }
  }
}

async function* recordFaults(
  { records, rules }: SignatureAudit,
  release: string,
): AsyncGenerator<SignatureFault, void, void> {
  const otherwise = await records.of(release, { ...rules, needsSignature: () => false });
  const refusals = new Map((await records.of(release, rules)).map(({ path, refusal }) => [path, refusal]));
  const kept = new Set<string>();
  const lost = new Set<string>();
  for (const { path, record, refusal } of otherwise) {
    if (refusal !== null || record === null) continue;
    const why = refusals.get(path) ?? null;
    if (why !== null) yield { kind: 'record', path, why };
    if (record.record === 'event' && record.event === 'activated')
      (why === null ? kept : lost).add(record.environment);
  }
  for (const environment of lost)
    if (!kept.has(environment)) yield { kind: 'lost-rollback-target', environment, release };
}
