// The audit: every decision from the two branches, the newest first, one at a time; the records in the order of their
// branch. The records of a release show the basis of a move: its approvals, its check and its latency.
import { readReleaseSummary } from '../../documents/release/read-release-summary.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import { isId } from '../../kernel/ids.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import type { EventRecord } from '../../model/pipeline/record.ts';
import { PointerHistory } from '../intent/pointer-history.ts';
import { countingRules } from '../records/counting-rules.ts';
import { countedInstead, countingOf, eventsOf } from '../records/fold-records.ts';
import type { JudgedRecord } from '../records/judge-record.ts';
import type { JudgedRecords } from '../records/judged-records.ts';
import type { Trust } from '../trust/trust.ts';
import { type AuditEntry, type AuditFilter, passesFilter } from './audit-entry.ts';
import { type IntentEntry, moveEntries, stopEntries } from './intent-entries.ts';
import { presentGate, recordEntry } from './record-entries.ts';

export interface AuditSource {
  readonly repo: ConfigRepo;
  /** From the stk.yaml in force. */
  readonly pipeline: Pipeline;
  /** Commit of the followed branch. */
  readonly revision: string;
  /** Commit of the records branch; `null` when none exists. */
  readonly recordsTip: string | null;
  readonly records: JudgedRecords;
  /** The policy in force with `revision` as the tip. */
  readonly trust: Trust;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const maxReleaseBytes = 4 * 1024 * 1024;

export async function* readAudit(source: AuditSource, filter: AuditFilter = {}): AsyncGenerator<AuditEntry> {
  const releases = new ReleaseFacts(source);
  const intent = await intentEntries(source, filter);
  let next = 0;
  for await (const judged of newestRecords(source, releases, filter)) {
    const { path, record } = judged;
    const release = path.split('/')[2] ?? '';
    const instead = countedInstead(await releases.recordsOf(release), judged);
    const entry = recordEntry(judged, await releases.digestOf(release), instead);
    const at = Date.parse(entry.timestamp);
    for (; next < intent.length && Date.parse(intent[next]?.entry.timestamp ?? '') > at; next += 1) {
      const one = intent[next];
      if (one !== undefined) yield releases.complete(one);
    }
    const whole = await releases.complete({ entry, digest: record?.digest ?? null });
    if (passesFilter(whole, filter)) yield whole;
  }
  for (const one of intent.slice(next)) yield releases.complete(one);
}

/** Records that are still on the branch. */
async function* newestRecords(
  { repo, recordsTip }: AuditSource,
  releases: ReleaseFacts,
  { release, since = 0 }: AuditFilter,
): AsyncGenerator<JudgedRecord, void, void> {
  if (recordsTip === null) return;
  if (release !== undefined) {
    yield* (await releases.recordsOf(release)).toReversed();
    return;
  }
  const seen = new Set<string>();
  for await (const { against } of repo.graph.newest(recordsTip)) {
    for (const { path } of against.flat().toReversed()) {
      if (seen.has(path) || timeInName(path) < since) continue;
      seen.add(path);
      const judged = await releases.recordsOf(path.split('/')[2] ?? '');
      const found = judged.find((one) => one.path === path);
      if (found !== undefined) yield found;
    }
  }
}

/** The newest first, those that pass the filter. */
async function intentEntries(source: AuditSource, filter: AuditFilter): Promise<readonly IntentEntry[]> {
  const { repo, pipeline, revision } = source;
  const intent = { repo, pipeline, revision, pointers: new PointerHistory(repo) };
  const entries = [...(await stopEntries(intent))];
  for (const environment of await pointerNames(source))
    for await (const one of moveEntries(intent, environment)) entries.push(one);
  return entries
    .filter(({ entry }) => passesFilter(entry, filter))
    .sort((a, b) => Date.parse(b.entry.timestamp) - Date.parse(a.entry.timestamp));
}

/** Every existing pointer, and every environment of the project. */
async function pointerNames({ repo, pipeline, revision }: AuditSource): Promise<ReadonlySet<string>> {
  const { environments } = await repo.tree(revision);
  const files = environments === undefined ? [] : await repo.entries(environments.id);
  const names = files.flatMap(({ name }) => (name.endsWith('.yaml') ? [name.slice(0, -'.yaml'.length)] : []));
  return new Set([...pipeline.environments.keys(), ...names]);
}

/** For a record, milliseconds since 1970; any other path has no time, and is never too old. */
function timeInName(path: string): number {
  const found = /\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z-[^/]*$/.exec(path);
  if (found === null) return Infinity;
  const [, y = '', mo = '', d = '', h = '', mi = '', s = ''] = found;
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
}

/** The most records of releases in memory. */
const recordsKept = 20_000;

/** Cached facts about releases. */
class ReleaseFacts {
  readonly #source: AuditSource;
  readonly #records = new BoundedCache<readonly JudgedRecord[]>(recordsKept);
  readonly #refs = new Map<string, Promise<string | null>>();

  constructor(source: AuditSource) {
    this.#source = source;
  }

  async recordsOf(release: string): Promise<readonly JudgedRecord[]> {
    const { records, pipeline, now } = this.#source;
    const known = this.#records.get(release);
    if (known !== undefined) return known;
    const read = isId(release) ? await records.of(release, countingRules(pipeline, now)) : [];
    this.#records.set(release, read, read.length + 1);
    return read;
  }

  async digestOf(release: string): Promise<string | null> {
    const { repo, revision } = this.#source;
    return (await repo.entryAt(revision, `releases/${release}.yaml`))?.id ?? null;
  }

  /** Adds what the records of the same content show. */
  async complete({ entry, digest }: IntentEntry): Promise<AuditEntry> {
    const { version, to_stage: environment } = entry;
    if (version === null || digest === null) return entry;
    const commit_sha = await this.#refOf(digest);
    const judged = await this.recordsOf(version);
    const ci_run_id = entry.ci_run_id ?? this.#runOf(judged, digest, environment);
    if (environment === null || entry.action === 'approve' || entry.action === 'reject')
      return { ...entry, commit_sha, ci_run_id };
    const approvals = countingOf(judged, 'approval', digest).filter(
      ({ record }) =>
        record.environment === environment && record.at <= Date.parse(entry.timestamp) + settle(entry),
    );
    const names = [...new Set(approvals.map(({ record }) => record.by))].join(', ');
    const approved_by = names === '' ? null : names;
    const events = eventsOf(judged, digest)
      .map(({ record }) => record)
      .filter((one) => one.environment === environment && one.revision === entry.revision);
    return { ...entry, commit_sha, ci_run_id, approved_by, ...(await this.#outcome(entry, events)) };
  }

  /** The result of a move, and the time from the pointer's commit to the activation. */
  async #outcome(entry: AuditEntry, events: readonly EventRecord[]): Promise<Partial<AuditEntry>> {
    const isMove = ['promote', 'rollback', 'hotfix'].includes(entry.action);
    const activated = events.find(({ event }) => event === 'activated');
    if (entry.revision === null || activated === undefined || !(isMove || entry.action === 'activate'))
      return isMove ? { result: events.at(-1)?.event ?? null } : {};
    const committed = Date.parse((await this.#source.repo.commit(entry.revision)).at);
    const latency_ms = Math.max(0, activated.at - committed);
    if (!isMove) return { latency_ms };
    const admitted = events.find(({ event }) => event === 'admitted');
    const gates = entry.gates ?? admitted?.gates?.map(presentGate) ?? null;
    const from_stage = entry.from_stage ?? admitted?.from ?? null;
    return { result: 'activated', latency_ms, gates, from_stage };
  }

  /** From the check gate named `ci`, else from the first. */
  #runOf(judged: readonly JudgedRecord[], digest: string, environment: string | null): string | null {
    const { environments } = this.#source.pipeline;
    const own = environment === null ? undefined : environments.get(environment)?.gates;
    const gates = [own ?? [], ...[...environments.values()].map(({ gates: all }) => all)]
      .flat()
      .filter(({ kind }) => kind === 'check');
    const gate = gates.find(({ name }) => name === 'ci') ?? gates[0];
    const { settings } = gate ?? {};
    const isObject = typeof settings === 'object' && settings !== null && !Array.isArray(settings);
    const check = isObject ? settings['check'] : settings;
    const checks = countingOf(judged, 'check', digest).map(({ record }) => record);
    const newest =
      checks.findLast(({ name }) => name === check) ?? (gate === undefined ? checks[0] : undefined);
    return newest?.runId ?? null;
  }

  #refOf(digest: string): Promise<string | null> {
    const known = this.#refs.get(digest);
    if (known !== undefined) return known;
    const { repo } = this.#source;
    const read = repo.text(digest, maxReleaseBytes).then(
      (text) => readReleaseSummary(text).ref || null,
      () => null,
    );
    this.#refs.set(digest, read);
    return read;
  }
}

/** Approvals come after the commit of a move that waits for them, and before the Hub's decision on it. */
function settle({ action }: AuditEntry): number {
  return ['promote', 'rollback', 'hotfix'].includes(action) ? Number.POSITIVE_INFINITY : 0;
}
