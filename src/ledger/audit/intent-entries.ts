// The followed branch's part of the audit: moves of pointers with their keys, freezes, vetoes and changes of the
// policy.
import { readFreeze, readVeto } from '../../documents/parse-stops.ts';
import type { CommitInfo, ConfigRepo } from '../../git/config-repo.ts';
import { StkError } from '../../kernel/errors.ts';
import { freezeFolder, maxStopBytes, vetoFolder } from '../../model/pipeline/freeze.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import type { PointerHistory, PointerMove } from '../intent/pointer-history.ts';
import { type AuditEntry, auditEntry } from './audit-entry.ts';

export interface IntentSource {
  readonly repo: ConfigRepo;
  readonly pointers: PointerHistory;
  readonly pipeline: Pipeline;
  /** Commit of the followed branch. */
  readonly revision: string;
}

/** An entry, and the content that a move names. */
export interface IntentEntry {
  readonly entry: AuditEntry;
  /** Git blob id of the release's file; `null` when it is not a move, or unknown. */
  readonly digest: string | null;
}

/** For one environment's pointer, the newest first. */
export async function* moveEntries(
  { pointers, pipeline, revision }: IntentSource,
  environment: string,
): AsyncGenerator<IntentEntry> {
  const moves: PointerMove[] = [];
  for await (const move of pointers.walk(revision, environment)) moves.push(move);
  const from = pipeline.environments.get(environment)?.from ?? [];
  for (const [i, move] of moves.entries()) {
    const older = moves[i + 1];
    const isNew = older?.release !== move.release;
    const { pointer, release, digest } = move;
    const { trailers } = move.commit;
    const base = {
      ...commitFacts(move.commit),
      version: release,
      to_stage: environment,
      reason: trailers.get('Stk-Reason') ?? null,
    };
    const tell = (action: AuditEntry['action'], parts: Partial<AuditEntry> = {}): IntentEntry => ({
      entry: auditEntry({ ...base, action, ...parts }),
      digest,
    });
    if (pointer?.override !== undefined && older?.pointer?.override === undefined) {
      const { freezes, reason } = pointer.override;
      yield tell('override', { reason, result: freezes.join(', ') });
    }
    if (pointer?.hold !== undefined && older?.pointer?.hold === undefined)
      yield tell('hold', { reason: pointer.hold.reason });
    if (pointer !== null && pointer.hold === undefined && older?.pointer?.hold !== undefined)
      yield tell('resume');
    if (pointer?.hotfix !== undefined && (isNew || older?.pointer?.hotfix === undefined))
      yield tell('hotfix', { reason: pointer.hotfix.reason });
    else if (isNew && release !== null) {
      const said = trailers.get('Stk-Action');
      const isNamedBefore = moves.slice(i + 1).some((one) => one.release === release);
      const isBack = said === 'rollback' || (said !== 'promote' && isNamedBefore);
      const source = trailers.get('Stk-Source') ?? (from.length === 1 ? from[0] : undefined);
      yield isBack ? tell('rollback') : tell('promote', { from_stage: source ?? null });
    }
  }
}

/** Each kind with the newest first. */
export async function stopEntries(source: IntentSource): Promise<readonly IntentEntry[]> {
  const [freezes, vetoes, policy] = await Promise.all([
    folderEntries(source, freezeFolder, freezeParts),
    folderEntries(source, vetoFolder, vetoParts),
    policyEntries(source),
  ]);
  // The newest first within one second too, which is the resolution of git's times.
  return [...freezes.toReversed(), ...vetoes.toReversed(), ...policy].map((entry) => ({
    entry,
    digest: null,
  }));
}

type Parts = (
  name: string,
  text: { readonly before: string | null; readonly after: string | null },
  source: IntentSource,
) => Partial<AuditEntry> & Pick<AuditEntry, 'action'>;

async function folderEntries(
  source: IntentSource,
  folder: string,
  parts: Parts,
): Promise<readonly AuditEntry[]> {
  const { repo, revision } = source;
  const entries: AuditEntry[] = [];
  for (const { revision: id, against } of await repo.graph.changes({ tip: revision, known: [], folder })) {
    // A merge only contains what its commits did.
    if (against.length > 1) continue;
    const commit = await repo.commit(id);
    for (const { path, before, after } of against[0] ?? []) {
      const name = path.slice(folder.length + 1).replace(/\.yaml$/, '');
      const text = { before: await readText(repo, before), after: await readText(repo, after) };
      const { action, ...rest } = parts(name, text, source);
      entries.push(auditEntry({ ...commitFacts(commit), action, ...rest }));
    }
  }
  return entries;
}

function freezeParts(
  name: string,
  { before, after }: { readonly before: string | null; readonly after: string | null },
  { pipeline }: IntentSource,
): Partial<AuditEntry> & Pick<AuditEntry, 'action'> {
  const known = [...pipeline.environments.keys()];
  const text = after ?? before ?? '';
  const { environments, reason } = readFreeze(text, { name, environments: new Set(known) });
  const action = after === null ? 'unfreeze' : name === 'halt' ? 'halt' : 'freeze';
  const to_stage = (environments ?? known).join(', ');
  return { action, to_stage, reason: after === null ? null : reason, result: name };
}

function vetoParts(
  name: string,
  { after }: { readonly after: string | null },
): Partial<AuditEntry> & Pick<AuditEntry, 'action'> {
  if (after === null) return { action: 'unveto', version: name };
  return { action: 'veto', version: name, reason: readVeto(after, { release: name }).reason };
}

async function policyEntries({ repo, revision }: IntentSource): Promise<readonly AuditEntry[]> {
  const history = await repo.fileHistory({ revision, path: 'stk.yaml' });
  return Promise.all(
    history.map(async ({ revision: id }) => {
      const commit = await repo.commit(id);
      return auditEntry({ ...commitFacts(commit), action: 'policy', reason: commit.subject });
    }),
  );
}

function commitFacts(commit: CommitInfo): Pick<AuditEntry, 'timestamp' | 'actor' | 'revision'> {
  const { revision, mail, trailers, at } = commit;
  const actor = trailers.get('Stk-Actor') ?? mail;
  return { timestamp: new Date(at).toISOString(), actor: actor === '' ? null : actor, revision };
}

async function readText(repo: ConfigRepo, blob: string | undefined): Promise<string | null> {
  if (blob === undefined) return null;
  try {
    return await repo.text(blob, maxStopBytes);
  } catch (thrown) {
    if (thrown instanceof StkError && ['too-large', 'malformed'].includes(thrown.code)) return '';
    throw thrown;
  }
}
