// An incident: a file of `incidents/` that is written once. What happens to it later stands in records and events.

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type IncidentSeverity = (typeof severities)[number];

/** `person`, `smoke`, `canary`, `trigger`: who rolled back. `manual`: somebody opened it, and nothing was rolled back. */
export const incidentCauses = ['person', 'smoke', 'canary', 'trigger', 'manual'] as const;
export type IncidentCause = (typeof incidentCauses)[number];

export const incidentFolder = 'incidents';

/** What the front matter says. */
export interface Incident {
  /** Its file without `.md`. */
  readonly incident: string;
  readonly environment: string;
  /** The release that was rolled back from, or that was served. */
  readonly release: string;
  /** Milliseconds since 1970. */
  readonly opened: number;
  readonly severity: IncidentSeverity;
  readonly cause: IncidentCause;
  /** Mail or token subject. */
  readonly actor: string;
  readonly title?: string | undefined;
  /** What it affects, in the project's own words. */
  readonly areas?: readonly string[] | undefined;
}

export function incidentPath(name: string): string {
  return `${incidentFolder}/${name}.md`;
}
