// The audit: every decision from the two branches, the newest first, one at a time. What a move rests on, its approvals, its
// check and its latency, is looked up in the records of its release.
import { recordFolder } from '../../documents/record-path.ts';
import { readReleaseSummary } from '../../documents/read-release-summary.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import type { EventRecord } from '../../model/record.ts';
import { PointerHistory } from '../intent/pointer-history.ts';
import { countingRules } from '../records/counting-rules.ts';
import { countingOf, eventsOf } from '../records/fold-records.ts';
import { judgeRecord, type JudgedRecord } from '../records/judge-record.ts';
import type { RecordReader } from '../records/record-reader.ts';
import { type AuditEntry, type AuditFilter, passesFilter } from './audit-entry.ts';
import { type IntentEntry, moveEntries, stopEntries } from './intent-entries.ts';
import { presentGate, recordEntry } from './record-entries.ts';

export interface AuditSource {
  readonly repo: ConfigRepo;
  readonly pipeline: Pipeline;
  /** Commit of the followed branch. */
  readonly revision: string;
  /** Commit of the records branch; null: there is none. */
  readonly recordsTip: string | null;
  readonly records: RecordReader;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const maxReleaseBytes = 4 * 1024 * 1024;

export async function* readAudit(source: AuditSource, filter: AuditFilter = {}): AsyncGenerator<AuditEntry> {
  const releases = new ReleaseFacts(source);
  const intent = await intentEntries(source, filter);
  const told = await listRecords(source, filter);
  let next = 0;
  for (const { path, at } of told) {
    for (; next < intent.length && Date.parse(intent[next]?.entry.timestamp ?? '') > at; next += 1) {
      const one = intent[next];
      if (one !== undefined) yield releases.complete(one);
    }
    const release = path.split('/')[2] ?? '';
    const judged = (await releases.recordsOf(release)).find((one) => one.path === path);
    if (judged === undefined) continue;
    const entry = recordEntry(judged, await releases.digestOf(release));
    const whole = await releases.complete({ entry, digest: judged.record?.digest ?? null });
    if (passesFilter(whole, filter)) yield whole;
  }
  for (const one of intent.slice(next)) yield releases.complete(one);
}

/** The newest first, those that pass. */
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

/** Of every pointer that stands there, and of every environment of the project. */
async function pointerNames({ repo, pipeline, revision }: AuditSource): Promise<ReadonlySet<string>> {
  const { environments } = await repo.tree(revision);
  const files = environments === undefined ? [] : await repo.entries(environments.id);
  const names = files.flatMap(({ name }) => (name.endsWith('.yaml') ? [name.slice(0, -'.yaml'.length)] : []));
  return new Set([...pipeline.environments.keys(), ...names]);
}

interface ListedRecord {
  readonly path: string;
  /** As its name says it, milliseconds since 1970. */
  readonly at: number;
}

/** By the tree of the branch alone, the newest first. */
async function listRecords(
  { repo, recordsTip }: AuditSource,
  { release, since }: AuditFilter,
): Promise<readonly ListedRecord[]> {
  if (recordsTip === null) return [];
  const root = release === undefined ? 'releases' : recordFolder(release);
  const found: ListedRecord[] = [];
  const list = async (folder: string): Promise<void> => {
    const tree = await repo.entryAt(recordsTip, folder);
    if (tree?.mode === '40000') await listTree(tree.id, folder);
  };
  const listTree = async (id: string, folder: string): Promise<void> => {
    for (const entry of await repo.entries(id)) {
      const path = `${folder}/${entry.name}`;
      if (entry.mode === '40000') await listTree(entry.id, path);
      else found.push({ path, at: timeInName(entry.name) });
    }
  };
  await list(root);
  return found.filter(({ at }) => since === undefined || at >= since).sort((a, b) => b.at - a.at);
}

function timeInName(name: string): number {
  const [, y = '', mo = '', d = '', h = '', mi = '', s = ''] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z/.exec(name) ?? [];
  const at = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  return Number.isNaN(at) ? 0 : at;
}

/** What is known of releases, each read once. */
class ReleaseFacts {
  readonly #source: AuditSource;
  readonly #records = new Map<string, Promise<readonly JudgedRecord[]>>();
  readonly #refs = new Map<string, Promise<string | null>>();

  constructor(source: AuditSource) {
    this.#source = source;
  }

  recordsOf(release: string): Promise<readonly JudgedRecord[]> {
    const { records, pipeline, now } = this.#source;
    const known = this.#records.get(release);
    if (known !== undefined) return known;
    const rules = countingRules(pipeline, now);
    const read = records.of(release).then((found) => found.map((one) => judgeRecord(one, rules)));
    this.#records.set(release, read);
    return read;
  }

  async digestOf(release: string): Promise<string | null> {
    const { repo, revision } = this.#source;
    return (await repo.entryAt(revision, `releases/${release}.yaml`))?.id ?? null;
  }

  /** With what the records of the same content say. */
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

  /** How a move ended, and how long an activation took from the pointer's commit. */
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

  /** Of the check gate named `ci`, else of the first. */
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
