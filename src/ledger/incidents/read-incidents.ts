// The incidents of a config repo: the files of the followed branch, and the records about each. A file that was removed
// again, for example by a revert, is no incident any more.
import { maxIncidentBytes, parseIncident } from '../../documents/parse-incident.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import { isRegularFile } from '../../git/objects/parse-tree.ts';
import { StkError } from '../../kernel/errors.ts';
import { type Incident, incidentFolder } from '../../model/pipeline/incident.ts';
import { formatProblems } from '../../model/problem.ts';
import type { IncidentRecord } from '../../model/pipeline/record.ts';
import type { JudgedRecord } from '../records/judge-record.ts';

export interface KnownIncident extends Incident {
  /** Records about it that count, the oldest first. */
  readonly records: readonly IncidentRecord[];
  /** The first that closed it; `undefined` when it is open. */
  readonly closed: IncidentRecord | undefined;
  /** The complete file. */
  readonly text: string;
}

export interface Incidents {
  /** The newest first. */
  readonly known: readonly KnownIncident[];
  /** Files whose front matter is invalid for an incident. */
  readonly broken: readonly { readonly incident: string; readonly problem: string }[];
}

export interface IncidentSource {
  readonly repo: Pick<ConfigRepo, 'entryAt' | 'entries' | 'text'>;
  /** Commit of the followed branch. */
  readonly revision: string;
  /** Every record of a release, with the reason when one does not count. */
  recordsOf(release: string): Promise<readonly JudgedRecord[]>;
}

const extension = '.md';

export async function readIncidents(source: IncidentSource): Promise<Incidents> {
  const { repo, revision } = source;
  const folder = await repo.entryAt(revision, incidentFolder);
  const entries = folder?.mode === '40000' ? await repo.entries(folder.id) : [];
  const known: KnownIncident[] = [];
  const broken: { incident: string; problem: string }[] = [];
  for (const entry of entries) {
    if (!isRegularFile(entry) || !entry.name.endsWith(extension)) continue;
    const name = entry.name.slice(0, -extension.length);
    const text = await readText(source, entry.id);
    const parsed = text === undefined ? undefined : parseIncident(text, name);
    if (parsed === null) continue;
    if (text === undefined || parsed === undefined)
      broken.push({ incident: name, problem: 'it cannot be read as text' });
    else if (parsed.ok) known.push(await withRecords(source, parsed.value, text));
    else broken.push({ incident: name, problem: formatProblems(parsed.problems) });
  }
  known.sort((a, b) => b.opened - a.opened || (a.incident < b.incident ? 1 : -1));
  return { known, broken };
}

async function withRecords(
  { recordsOf }: IncidentSource,
  incident: Incident,
  text: string,
): Promise<KnownIncident> {
  const judged = await recordsOf(incident.release);
  const records = judged
    .flatMap(({ record, refusal }) =>
      refusal === null && record?.record === 'incident' && record.incident === incident.incident
        ? [record]
        : [],
    )
    .sort((a, b) => a.at - b.at);
  return { ...incident, records, closed: records.find(({ action }) => action === 'close'), text };
}

/** `undefined` when it is not text, or too long. */
async function readText({ repo }: IncidentSource, blob: string): Promise<string | undefined> {
  try {
    return await repo.text(blob, maxIncidentBytes);
  } catch (thrown) {
    if (thrown instanceof StkError && ['too-large', 'malformed'].includes(thrown.code)) return undefined;
    throw thrown;
  }
}
