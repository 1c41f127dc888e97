// The incident that every rollback opens in its own commit: the content of its file.
import { incidentFile, type TimelineEntry } from '../documents/incident-file.ts';
import { incidentFolder, type IncidentCause } from '../model/pipeline/incident.ts';
import type { FilesBeside } from './plan.ts';

export interface RollbackFacts {
  readonly environment: string;
  /** The release that is rolled back from. */
  readonly release: string;
  readonly to: string;
  readonly cause: IncidentCause;
  /** Mail or token subject. */
  readonly actor: string;
  readonly reason: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** How it became the pointer's release; `null` when unknown. */
  readonly named: { readonly by: string; readonly at: string; readonly revision: string } | null;
}

export function openIncident(facts: RollbackFacts): FilesBeside {
  const { environment, release, to, cause, actor, reason, at, named } = facts;
  const timeline: TimelineEntry[] = [
    ...(named === null
      ? []
      : [
          {
            at: Date.parse(named.at),
            text: `${named.by} moved ${environment} to ${release} (${named.revision.slice(0, 10)}).`,
          },
        ]),
    ...(cause === 'person' || reason === undefined ? [] : [{ at, text: reason }]),
    {
      at,
      text: `${cause === 'person' ? actor : 'The Hub automatically'} rolled ${environment} back to ${to}.`,
    },
  ];
  return async (place) => {
    const taken = await place.names(incidentFolder);
    const opened = {
      environment,
      release,
      opened: at,
      severity: 'high',
      cause,
      actor,
      to,
      reason,
      timeline,
    } as const;
    const { path, text } = incidentFile(opened, taken);
    return new Map([[path, text]]);
  };
}
