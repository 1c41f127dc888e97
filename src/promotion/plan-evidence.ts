// A check, an approval or a rejection as a record, or why its author may not write it. The CLI and the Hub write the
// record; the same rules later decide whether it counts.
import { fileRecord, type RecordFile } from '../documents/record/format-record.ts';
import { readReleaseSummary } from '../documents/release/read-release-summary.ts';
import type { ConfigRepo } from '../git/config-repo.ts';
import { isRegularFile } from '../git/objects/parse-tree.ts';
import { StkError } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { moveAuthors, releaseAuthors } from '../ledger/intent/authors.ts';
import { type Content, PointerHistory } from '../ledger/intent/pointer-history.ts';
import { countingRules } from '../ledger/records/counting-rules.ts';
import { personOf } from '../model/pipeline/people.ts';
import type { Pipeline } from '../model/pipeline/pipeline.ts';
import type { CheckRecord, EvaluationRecord, LedgerRecord } from '../model/pipeline/record.ts';

/** The basis of planned evidence: a commit of the followed branch, its policy, and the author. */
export interface EvidenceBasis {
  readonly repo: ConfigRepo;
  readonly revision: string;
  readonly pipeline: Pipeline;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Mail, or the subject of a token. */
  readonly by: string;
  /** `hub`: the Hub writes it for an authenticated caller. */
  readonly through: 'hub' | undefined;
}

export type EvidencePlan =
  | { readonly kind: 'record'; readonly file: RecordFile }
  | { readonly kind: 'refused'; readonly error: StkError };

export type CheckToRecord = Pick<
  CheckRecord,
  'release' | 'name' | 'status' | 'values' | 'runId' | 'url' | 'commit'
>;

const maxReleaseBytes = 4 * 1024 * 1024;

/** Refuses with `unknown-release`, `malformed`, `forbidden`. */
export async function planCheck(basis: EvidenceBasis, request: CheckToRecord): Promise<EvidencePlan> {
  const content = await findContent(basis, request.release);
  if (content === null) return unknownRelease(request.release);
  const commit = request.commit?.toLowerCase();
  if (commit !== undefined) {
    const { ref } = readReleaseSummary(await basis.repo.text(content.digest, maxReleaseBytes));
    const wrong = refuseCommit(commit, ref.toLowerCase());
    if (wrong !== null)
      return refused(
        'forbidden',
        `${wrong}; nothing was written`,
        'Record the check for the release that was built from this commit.',
      );
  }
  return fileEvidence(basis, { record: 'check', ...baseOf(basis, content), ...request, commit });
}

export type EvaluationRequest = Pick<
  EvaluationRecord,
  'release' | 'name' | 'set' | 'mean' | 'cases' | 'scores'
>;

/** Refuses with `unknown-release`, `malformed`, `forbidden`. */
export async function planEvaluation(
  basis: EvidenceBasis,
  request: EvaluationRequest,
): Promise<EvidencePlan> {
  const content = await findContent(basis, request.release);
  if (content === null) return unknownRelease(request.release);
  return fileEvidence(basis, { record: 'evaluation', ...baseOf(basis, content), ...request });
}

export interface JudgementRequest {
  readonly verdict: 'approval' | 'rejection';
  readonly release: string;
  readonly environment: string;
  readonly comment: string | undefined;
  /** What the environment serves; `null` for nothing; `undefined` when unknown. */
  readonly served: string | null | undefined;
  /** The one gate that it is for; `undefined` for the whole move. */
  readonly gate?: string | undefined;
}

export type JudgementPlan =
  | {
      readonly kind: 'record';
      readonly file: RecordFile;
      /** When the pointer is a hotfix of this release: the gates that it skips. Otherwise `null`. */
      readonly skips: readonly string[] | null;
    }
  | { readonly kind: 'refused'; readonly error: StkError };

/** Refuses with `unknown-release`, `malformed`, and with `forbidden` a person without the role, or an author. */
export async function planJudgement(basis: EvidenceBasis, request: JudgementRequest): Promise<JudgementPlan> {
  const { repo, revision, pipeline } = basis;
  const { verdict, release, environment, comment } = request;
  const content = await findContent(basis, release);
  if (content === null) return unknownRelease(release);
  const pointers = new PointerHistory(repo);
  let newest = null;
  for await (const move of pointers.walk(revision, environment)) {
    newest = move;
    break;
  }
  const isNamed = newest?.release === release;
  const isHotfix = isNamed && newest?.pointer?.hotfix !== undefined;
  const writer = isHotfix ? await pointers.writerOf(revision, environment, 'hotfix') : null;
  const planned = fileEvidence(basis, {
    record: verdict,
    ...baseOf(basis, content),
    environment,
    comment,
    ...(request.gate === undefined ? {} : { gate: request.gate }),
    ...(writer === null ? {} : { hotfix: writer.revision }),
  });
  if (planned.kind === 'refused') return planned;
  // The gate itself decides who may approve it, and authors are allowed.
  if (request.gate !== undefined) return { ...planned, skips: null };
  const policy = pipeline.environments.get(environment);
  const gates = policy?.gates ?? [];
  if (verdict === 'approval' && !(writer === null && allowsAuthors(gates))) {
    if (isAuthor(basis, await releaseAuthors(repo, { revision, release })))
      return refuseAuthor(basis, `the release ${release}`);
    if (isNamed) {
      const served =
        request.served === undefined
          ? await namedBefore(pointers, request, revision)
          : await servedContent(basis, request.served);
      if (isAuthor(basis, await moveAuthors(repo, pointers, { revision, environment, served })))
        return refuseAuthor(basis, `the move of ${environment} to ${release}`);
    }
  }
  const { keep } = pipeline.hotfix;
  const isAfterCanary = policy?.from.some((name) => pipeline.environments.get(name)?.canary !== undefined);
  const isAnalysisNamed = gates.some(({ kind }) => kind === 'analysis');
  const skipped = [
    ...((policy?.from.length ?? 0) > 0 && !keep.includes('from') ? ['from'] : []),
    ...(isAfterCanary === true && !isAnalysisNamed && !keep.includes('analysis') ? ['analysis'] : []),
    ...gates.filter(({ inHotfix, kind }) => !inHotfix && !keep.includes(kind)).map(({ name }) => name),
  ];
  return { ...planned, skips: writer === null ? null : skipped };
}

/** The content of a release at the commit; `null` when the release does not exist. */
export async function findContent(
  { repo, revision }: Pick<EvidenceBasis, 'repo' | 'revision'>,
  release: string,
): Promise<Content | null> {
  if (!isId(release)) return null;
  const entry = await repo.entryAt(revision, `releases/${release}.yaml`);
  return entry === undefined || !isRegularFile(entry) ? null : { release, digest: entry.id };
}

export function baseOf({ now, by, through }: EvidenceBasis, { release, digest }: Content) {
  return { release, digest, at: now, by, ...(through === undefined ? {} : { through }) };
}

export function fileEvidence({ pipeline, now, by }: EvidenceBasis, record: LedgerRecord): EvidencePlan {
  const refusal = countingRules(pipeline, now).refuseWriter(record);
  if (refusal !== null)
    return refused(
      'forbidden',
      `${refusal}; nothing was written`,
      `Ask somebody who has the role, or add ${by} to people of stk.yaml.`,
    );
  const filed = fileRecord(record);
  if (filed.ok) return { kind: 'record', file: filed.value };
  const said = filed.problems.map(({ pointer, message }) => `${pointer.slice(1)}: ${message}`).join('; ');
  return refused('malformed', `that is not a record: ${said}`);
}

/** The shorter id must begin the longer one. A ref that is not a commit id, such as a tag, cannot be compared. */
function refuseCommit(commit: string, ref: string | undefined): string | null {
  if (ref === undefined || !/^[0-9a-f]{7,40}$/.test(ref) || !/^[0-9a-f]{7,40}$/.test(commit)) return null;
  if (ref.startsWith(commit) || commit.startsWith(ref)) return null;
  return `the release was cut from ${ref.slice(0, 12)}, not from ${commit.slice(0, 12)}`;
}

function allowsAuthors(gates: readonly { readonly kind: string; readonly settings: unknown }[]): boolean {
  const approvals = gates.filter(({ kind }) => kind === 'approval');
  return approvals.some(({ settings }) => JSON.stringify(settings).includes('"allowAuthor":true'));
}

function isAuthor({ pipeline, by }: EvidenceBasis, authors: ReadonlySet<string>): boolean {
  const person = personOf(pipeline.people, by);
  return [...authors].some((mail) => personOf(pipeline.people, mail) === person);
}

/** Without a Hub: the newest content that the pointer named before this release. */
async function namedBefore(
  pointers: PointerHistory,
  { environment, release }: JudgementRequest,
  revision: string,
): Promise<Content | null> {
  for await (const move of pointers.walk(revision, environment)) {
    const { release: id, digest } = move;
    if (id !== null && id !== release && digest !== null) return { release: id, digest };
  }
  return null;
}

async function servedContent(basis: EvidenceBasis, served: string | null): Promise<Content | null> {
  return served === null ? null : findContent(basis, served);
}

function refuseAuthor({ by }: EvidenceBasis, what: string): JudgementPlan {
  return refused(
    'forbidden',
    `${by} is an author of ${what}, so this approval would not count; nothing was written`,
    'Ask another person who has the role.',
  );
}

export function unknownRelease(release: string): { readonly kind: 'refused'; readonly error: StkError } {
  return refused(
    'unknown-release',
    `there is no release ${isId(release) ? release : JSON.stringify(release.slice(0, 80))}`,
    'stk release list shows every release.',
  );
}

function refused(
  code: StkError['code'],
  message: string,
  hint?: string,
): { readonly kind: 'refused'; readonly error: StkError } {
  return { kind: 'refused', error: new StkError(code, message, hint === undefined ? {} : { hint }) };
}
