// An incident: a file of `incidents/` that is written once. Records and events tell what happens to it later.

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type IncidentSeverity = (typeof severities)[number];

/** `person`, `smoke`, `canary`, `trigger`: who rolled back. `manual`: somebody opened it without a rollback. */
export const incidentCauses = ['person', 'smoke', 'canary', 'trigger', 'manual'] as const;
export type IncidentCause = (typeof incidentCauses)[number];

export const incidentFolder = 'incidents';

/** The content of the front matter. */
export interface Incident {
  /** Its file without `.md`. */
  readonly incident: string;
  readonly environment: string;
  /** The release that was rolled back from, or served. */
  readonly release: string;
  /** Milliseconds since 1970. */
  readonly opened: number;
  readonly severity: IncidentSeverity;
  readonly cause: IncidentCause;
  /** Mail or token subject. */
  readonly actor: string;
  readonly title?: string | undefined;
  /** The affected areas, in the project's own words. */
  readonly areas?: readonly string[] | undefined;
}

export function incidentPath(name: string): string {
  return `${incidentFolder}/${name}.md`;
}
