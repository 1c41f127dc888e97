// Writes incidents/<name>.md: front matter for stk, and the runbook's template for people. Reads nothing and commits nothing.
import { stringify } from 'yaml';
import { incidentPath, type Incident } from '../model/pipeline/incident.ts';

export interface IncidentFacts extends Omit<Incident, 'incident'> {
  /** The release that the environment returns to; `undefined` when nothing is rolled back. */
  readonly to?: string | undefined;
  /** The reason, in one line. */
  readonly reason?: string | undefined;
  /** The events known so far, the oldest first. */
  readonly timeline: readonly TimelineEntry[];
}

export interface TimelineEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

export interface IncidentFile {
  /** The incident's name: `<date>-<environment>-<release>`, with `-2`, `-3` appended when it is taken. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

const longestLine = 1_000;

/**
 * The file that a rollback adds in its own commit, for every kind of rollback. The same facts give the same bytes.
 * `taken`: names of the files in `incidents/` of the commit that it is added to.
 */
export function incidentFile(facts: IncidentFacts, taken: readonly string[]): IncidentFile {
  const name = nameIncident(facts, taken);
  return { name, path: incidentPath(name), text: formatIncident(name, facts) };
}

function nameIncident({ environment, release, opened }: IncidentFacts, taken: readonly string[]): string {
  const base = `${new Date(opened).toISOString().slice(0, 10)}-${environment}-${release}`;
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? base : `${base}-${n}`;
    if (!taken.includes(`${name}.md`)) return name;
  }
}

function formatIncident(name: string, facts: IncidentFacts): string {
  const { environment, release, opened, severity, cause, actor, title, areas, to, reason, timeline } = facts;
  const said = title === undefined ? undefined : oneLine(title);
  const front = {
    incident: name,
    environment,
    release,
    opened: new Date(opened).toISOString(),
    severity,
    cause,
    actor: oneLine(actor),
    ...(said === undefined ? {} : { title: said }),
    ...(areas === undefined || areas.length === 0 ? {} : { areas: areas.map(oneLine) }),
  };
  const rolledBack = `${release} was rolled back${to === undefined ? '' : ` to ${to}`}`;
  const heading = said ?? (cause === 'manual' ? `an incident under ${release}` : rolledBack);
  const entries = timeline.map(({ at, text }) => `- ${new Date(at).toISOString()}: ${oneLine(text)}`);
  return `---
${stringify(front, { lineWidth: 0 })}---

# ${environment}: ${heading}

${reason === undefined ? 'Nobody gave a reason yet.' : oneLine(reason)}

This file is written once. Add to it with \`stk incident note ${name}\`, end it with \`stk incident close ${name}\`.

## Timeline

${entries.length === 0 ? 'Nothing yet.' : entries.join('\n')}

What happened since: \`stk incident show ${name}\`.

## Impact

Not known yet: who noticed what, and from when to when.

## Root cause

Not known yet.

## Follow-up

- [ ] Document the failure mode and what triggered it.
- [ ] Add the tests that were missing.
- [ ] Define the corrective action and its owner.
- [ ] Plan the re-release window, after the fix is verified.
- [ ] Discuss it in the team.
`;
}

/** Text that others wrote stays on its line. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, longestLine);
}
