// `stk release notes`: release notes, filled from the release file, its difference from the previous release, and the
// records.
import { StkError } from '../../../kernel/errors.ts';
import { countingRules } from '../../../ledger/records/counting-rules.ts';
import { countingOf, eventsOf } from '../../../ledger/records/fold-records.ts';
import { diffReleases } from '../../../model/release-diff.ts';
import type { Pipeline } from '../../../model/pipeline/pipeline.ts';
import { findContent } from '../../../promotion/plan-evidence.ts';
import type { CommandContext } from '../../context.ts';
import { openAudit } from '../../govern/open-audit.ts';
import { plainLine } from '../../print/plain-text.ts';
import { diffLines } from '../../print/release-diff.ts';
import { formatNotes, type NotesFacts, writeNotes } from '../../print/release-notes.ts';
import { readReleaseAt } from '../../repo/read-releases.ts';
import type { LocalRepo } from '../../repo/local-repo.ts';

export interface NotesOptions {
  readonly since?: string;
  readonly remote?: string;
}

export async function showReleaseNotes(
  context: CommandContext,
  id: string,
  { since, remote }: NotesOptions,
): Promise<number> {
  const { output } = context;
  const repo = await context.openRepo();
  const tip = await repo.tip();
  const release = await readReleaseAt(repo, tip, id);
  const before = since ?? (await findBefore(repo, tip, id));
  const previous = before === undefined ? undefined : await readReleaseAt(repo, tip, before);
  const facts: NotesFacts = {
    release: id,
    createdAt: release.createdAt,
    notes: release.notes ?? '',
    since: previous === undefined ? undefined : { release: previous.release, ref: previous.ref },
    changes: previous === undefined ? undefined : diffLines(diffReleases(previous, release)),
    ...(await readRecords(context, repo, id, remote)),
  };
  const notes = writeNotes(facts);
  output.result(notes, formatNotes(notes).split('\n').map(plainLine).join('\n'));
  return 0;
}

/** The release that was added just before it. */
async function findBefore(repo: LocalRepo, tip: string, id: string): Promise<string | undefined> {
  const commits = await repo.releaseCommits(tip);
  const own = commits.get(id);
  if (own === undefined) return undefined;
  const earlier = [...commits].filter(([name, { at }]) => name !== id && Date.parse(at) < Date.parse(own.at));
  return earlier.toSorted(([, a], [, b]) => Date.parse(b.at) - Date.parse(a.at))[0]?.[0];
}

async function readRecords(
  context: CommandContext,
  repo: LocalRepo,
  release: string,
  remote: string | undefined,
): Promise<Pick<NotesFacts, 'checks' | 'approvals' | 'served' | 'owners'>> {
  const source = await openAudit(context, repo, remote);
  const content = await findContent(source, release);
  if (content === null) throw new StkError('unknown-release', `there is no release ${release}`);
  const { digest } = content;
  const judged = await source.records.of(release, countingRules(source.pipeline, source.now));
  const checks = new Map(
    countingOf(judged, 'check', digest).map(({ record: { name, status, runId: run } }) => [
      name,
      { name, passed: status === 'passed', run },
    ]),
  );
  const served = new Map<string, NotesFacts['served'][number]>();
  for (const { record } of eventsOf(judged, digest)) {
    const { environment, event } = record;
    const at = new Date(record.at).toISOString();
    if (event === 'activated') served.set(environment, { environment, at, failed: false });
    if (event === 'smoke-failed') served.set(environment, { environment, at, failed: true });
  }
  const approvals = countingOf(judged, 'approval', digest).map(({ record: { environment, by } }) => ({
    environment,
    by,
  }));
  return {
    checks: [...checks.values()],
    approvals,
    served: [...served.values()],
    owners: ownersOf(source.pipeline),
  };
}

function ownersOf({ people }: Pipeline): readonly string[] {
  return [...(people?.roles.get('incident-commander') ?? [])];
}
