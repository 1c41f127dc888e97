// The open incidents, for the gate. An unreadable incident file counts as open and critical.
import { asStkError } from '../../../kernel/errors.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import type { CountingRules } from '../../../ledger/records/judge-record.ts';
import type { Known, OpenIncident } from '../../../model/pipeline/gate-facts.ts';

export interface IncidentQuestion {
  readonly ledger: Ledger;
  /** Commit of the followed branch. */
  readonly revision: string;
  readonly rules: CountingRules;
}

export async function readOpenIncidents({
  ledger,
  revision,
  rules,
}: IncidentQuestion): Promise<Known<readonly OpenIncident[]>> {
  try {
    const { known, broken } = await ledger.incidents(revision, rules);
    const open = known
      .filter(({ closed }) => closed === undefined)
      .map(({ incident, severity, areas = [], opened }) => ({ incident, severity, areas, opened }));
    const unread = broken.map(
      ({ incident }) => ({ incident, severity: 'critical', areas: [], opened: 0 }) as const,
    );
    return { known: true, value: [...open, ...unread] };
  } catch (thrown) {
    return { known: false, why: asStkError(thrown).message };
  }
}
