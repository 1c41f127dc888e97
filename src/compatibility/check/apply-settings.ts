// Applies an environment's settings to the findings: `accept` lets some pass, `strict` lets no warning pass.
import type { Finding } from '../../model/finding.ts';
import type { AcceptedFinding } from '../../model/project.ts';
import { findingCodes } from './finding-codes.ts';
import { sortFindings } from './judge.ts';

export interface CheckSettings {
  readonly strict: boolean;
  readonly accept: readonly AcceptedFinding[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function applySettings(
  findings: readonly Finding[],
  { strict, accept, now }: CheckSettings,
): Finding[] {
  const entries = accept.map((entry) => ({ ...entry, isExpired: now > endOf(entry.until) }));
  const judged = findings.map((finding): Finding => {
    const entry = entries.find(
      (one) => !one.isExpired && one.finding === `${finding.code}:${finding.object}`,
    );
    const severity = strict && finding.severity === 'warn' ? 'block' : finding.severity;
    if (entry === undefined) return { ...finding, severity };
    return { ...finding, severity, accepted: { reason: entry.reason, until: entry.until } };
  });
  // These stay warnings under strict, because they are about the settings and not about the database.
  const notes = entries.flatMap((entry): Finding[] => {
    const isUsed = findings.some((finding) => entry.finding === `${finding.code}:${finding.object}`);
    if (!entry.isExpired && isUsed) return [];
    const code = entry.isExpired ? 'ENV005' : 'ENV004';
    return [
      {
        code,
        ...findingCodes[code],
        object: entry.finding,
        expected: entry.isExpired
          ? 'an accept entry that is in force'
          : 'a finding that the accept entry accepts',
        actual: entry.isExpired ? `expired: ${entry.until}` : 'the check has no such finding',
        operations: [],
        hint: entry.isExpired
          ? 'Fix the accepted finding, or give the entry a new `until`.'
          : 'Remove the entry from `accept` in stk.yaml.',
      },
    ];
  });
  return sortFindings([...judged, ...notes]);
}

/** A date alone lasts to its end, UTC. */
function endOf(until: string): number {
  return Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(until) ? `${until}T23:59:59.999Z` : until);
}
