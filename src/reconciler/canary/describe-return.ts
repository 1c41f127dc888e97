// The content of the commit that moves a canary's pointer back: its trailers, and whether it opens an incident. Pure.
import type { AnalysisPolicy } from '../../analysis/policy.ts';
import type { CanaryReturn } from './canary-keeper.ts';
import type { ReturnCause } from './canary-state.ts';

export interface DescribedReturn {
  /** The reason, in one line. */
  readonly reason: string;
  readonly hasIncident: boolean;
  readonly trailers: Readonly<Record<string, string>>;
}

/** A release without a failure opens no incident. */
const opensIncident: Readonly<Record<ReturnCause, boolean>> = {
  failed: true,
  'no-data': false,
  'production-moved': false,
  aborted: false,
};

/** `Stk-Counts: canary 31 of 402, stable 2 of 3611`, of the gate that failed, or of all when none did. */
export function describeReturn({ decision, policy }: CanaryReturn): DescribedReturn {
  const { cause, sentence, gate, actor, evidence } = decision;
  const named = Object.keys(evidence.counts).filter((name) => gate === undefined || name === gate);
  const each = (of: (name: string) => string): string =>
    named.map((name) => (gate === undefined ? `${name}: ${of(name)}` : of(name))).join('; ');
  const counts = each((name) => {
    const { canary, stable } = evidence.counts[name] ?? {};
    return `canary ${canary?.bad} of ${canary?.calls}, stable ${stable?.bad} of ${stable?.calls}`;
  });
  const bounds = each((name) => {
    const { canary, stable } = evidence.bounds[name] ?? {};
    return `canary ${canary?.lower} to ${canary?.upper}, stable ${stable?.lower} to ${stable?.upper}`;
  });
  return {
    reason: sentence,
    hasIncident: opensIncident[cause],
    trailers: {
      ...(gate === undefined ? {} : { 'Stk-Gate': gate }),
      ...(counts === '' ? {} : { 'Stk-Counts': counts, 'Stk-Bounds': bounds }),
      ...(policy === undefined || gate === undefined ? {} : { 'Stk-Policy': describePolicy(policy, gate) }),
      ...(actor === undefined ? {} : { 'Stk-Actor': actor }),
    },
  };
}

/** The gate's settings in the decision. */
function describePolicy({ gates }: AnalysisPolicy, gate: string): string {
  const { test, onBreach } = gates.find(({ name }) => name === gate) ?? {};
  return JSON.stringify({ ...test, onBreach });
}
