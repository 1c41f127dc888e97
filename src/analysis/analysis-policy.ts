// Builds the policy of an analysis from what stk.yaml says about a canary. Pure.
import type { AnalysisPolicy } from './policy.ts';
import type { CanarySettings } from '../model/pipeline/canary.ts';

/** `undefined` when nothing is analysed. */
export function analysisPolicyOf({ steps, sticky, analysis }: CanarySettings): AnalysisPolicy | undefined {
  if (analysis === undefined) return undefined;
  const { minimumMs, maximumMs, warmUp, gates, onNoData, source } = analysis;
  // Prometheus does not tell callers apart.
  const hasCallers = sticky.kind !== 'none' && source.kind === 'hub';
  return { steps, minimumMs, maximumMs, warmUp, gates, onNoData, hasCallers };
}
