// The incidents of the clone, and how they are shown.
import { type Incidents, type KnownIncident, readIncidents } from '../../ledger/incidents/read-incidents.ts';
import type { AuditSource } from '../../ledger/audit/read-audit.ts';
import { countingRules } from '../../ledger/records/counting-rules.ts';

export function openIncidents(source: AuditSource): Promise<Incidents> {
  const { repo, revision, pipeline, records, now } = source;
  const rules = countingRules(pipeline, now);
  return readIncidents({ repo, revision, recordsOf: (release) => records.of(release, rules) });
}

/** As the JSON of the commands shows it. */
export function presentIncident(one: KnownIncident) {
  const { incident, environment, release, opened, severity, cause, actor, title, areas, closed } = one;
  return {
    incident,
    environment,
    release,
    opened: new Date(opened).toISOString(),
    severity,
    cause,
    actor,
    title: title ?? null,
    areas: areas ?? [],
    state: closed === undefined ? 'open' : 'closed',
    closed:
      closed === undefined
        ? null
        : { at: new Date(closed.at).toISOString(), by: closed.by, text: closed.text },
    notes: one.records.filter(({ action }) => action === 'note').length,
  } as const;
}
