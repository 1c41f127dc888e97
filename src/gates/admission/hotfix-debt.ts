// What a hotfix skipped and is still open. The missing evidence closes each gate.
import type { EventDebt } from '../../model/pipeline/record.ts';
import type { GateResult } from './evaluate-gates.ts';

/** The names of the failing gates that a hotfix skips. */
export function findSkipped(gates: readonly GateResult[]): string[] {
  return gates.filter(({ isNeeded, verdict }) => !isNeeded && verdict !== 'pass').map(({ name }) => name);
}

/**
 * `skipped`: the gates in the hotfix's event. `gates`: the same release, evaluated now; a gate that stk.yaml no longer
 * has is closed. `since`: when the hotfix was admitted.
 */
export function computeDebt({
  skipped,
  gates,
  since,
  closeWithin,
  now,
}: {
  readonly skipped: readonly string[];
  readonly gates: readonly GateResult[];
  readonly since: number;
  readonly closeWithin: number;
  readonly now: number;
}): EventDebt[] {
  const due = since + closeWithin;
  const isOpen = (name: string): boolean =>
    gates.some((gate) => gate.name === name && gate.verdict !== 'pass');
  return skipped.filter(isOpen).map((gate) => ({ gate, since, due, overdue: now > due }));
}
