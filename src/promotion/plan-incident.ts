// An addition to an incident, as a record: a note, or its end. The file itself is written once.
import { StkError } from '../kernel/errors.ts';
import { suggest } from '../kernel/nearest-name.ts';
import type { KnownIncident } from '../ledger/incidents/read-incidents.ts';
import type { IncidentRecord } from '../model/pipeline/record.ts';
import { baseOf, type EvidenceBasis, type EvidencePlan, findContent, fileEvidence } from './plan-evidence.ts';

export interface IncidentNote {
  readonly incident: string;
  readonly action: IncidentRecord['action'];
  readonly text: string;
}

/** Refuses with `unknown-incident`, `conflict` (closed already), `unknown-release`, `forbidden`, `malformed`. */
export async function planIncidentNote(
  basis: EvidenceBasis,
  { incident: name, action, text }: IncidentNote,
  incidents: readonly KnownIncident[],
): Promise<EvidencePlan> {
  const found = findIncident(incidents, name);
  const { incident, release, closed } = found;
  if (action === 'close' && closed !== undefined)
    return refused(
      new StkError('conflict', `${closed.by} already closed ${incident}; nothing was written`, {
        hint: `To add a note: stk incident note ${incident} --text "…"`,
      }),
    );
  const content = await findContent(basis, release);
  if (content === null)
    return refused(
      new StkError('unknown-release', `${incident} is about release ${release}, which no longer exists`, {
        hint: `Restore releases/${release}.yaml: a record is bound to it.`,
      }),
    );
  return fileEvidence(basis, { record: 'incident', ...baseOf(basis, content), incident, action, text });
}

/** Throws `unknown-incident`. */
export function findIncident(incidents: readonly KnownIncident[], name: string): KnownIncident {
  const found = incidents.find(({ incident }) => incident === name.replace(/\.md$/, ''));
  if (found !== undefined) return found;
  const names = incidents.map(({ incident }) => incident);
  const shown = JSON.stringify(name.slice(0, 160));
  throw new StkError('unknown-incident', `there is no incident ${shown}${suggest(name, names)}`, {
    hint: names.length === 0 ? 'There are no incidents.' : 'stk incident list shows every incident.',
  });
}

function refused(error: StkError): EvidencePlan {
  return { kind: 'refused', error };
}
