// `stk incident show`: the file of an incident, then the records and events of its environment since it was opened.
import { readAudit } from '../../../ledger/audit/read-audit.ts';
import { findIncident } from '../../../promotion/plan-incident.ts';
import type { CommandContext } from '../../context.ts';
import { openAudit } from '../../govern/open-audit.ts';
import { openIncidents, presentIncident } from '../../govern/open-incidents.ts';
import { plainLine, plainText } from '../../print/plain-text.ts';

interface TimelineEntry {
  readonly at: string;
  readonly what: string;
  readonly release: string;
  readonly by: string | null;
  readonly text: string | null;
}

export async function showIncident(
  context: CommandContext,
  name: string,
  { remote }: { readonly remote?: string },
): Promise<number> {
  const source = await openAudit(context, await context.openRepo(), remote);
  const found = findIncident((await openIncidents(source)).known, name);
  const timeline: TimelineEntry[] = found.records.map(({ at, action, by, text }) => ({
    at: new Date(at).toISOString(),
    what: action,
    release: found.release,
    by,
    text,
  }));
  const { environment, opened } = found;
  // Commit times are whole seconds.
  const since = Math.floor(opened / 1000) * 1000;
  for await (const entry of readAudit(source, { environment, since })) {
    const { timestamp: at, action: what, version, actor: by, result, reason } = entry;
    const text = [result, reason].filter((part) => part !== null).join(': ');
    timeline.push({ at, what, release: version ?? found.release, by, text: text === '' ? null : text });
  }
  timeline.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const lines = timeline.map(({ at, what, release, by, text }) =>
    plainLine(
      [`- ${at}: ${what} ${release}`, by === null ? '' : ` by ${by}`, text === null ? '' : `: ${text}`].join(
        '',
      ),
    ),
  );
  const happened = lines.length === 0 ? 'Nothing happened since.' : lines.join('\n');
  context.output.result(
    { ...presentIncident(found), text: found.text, timeline },
    `${plainText(found.text).trimEnd()}\n\n## Since it was opened\n\n${happened}`,
  );
  return 0;
}
