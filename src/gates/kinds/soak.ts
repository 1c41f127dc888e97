// Gate `soak`: one of the environments of `from` served this content for that long, healthy and without interruption.
import { defineGateKind } from '../define-gate-kind.ts';
import { describeDuration, describeTime } from '../describe-time.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { GateFacts } from '../../model/pipeline/gate-facts.ts';
import { readDuration } from '../../documents/project/judge-people.ts';
import { durationSchema } from '../../documents/schemas/value-schemas.ts';

interface SoakConfig {
  readonly soak: number;
}

export const soakKind = defineGateKind<SoakConfig>({
  kind: 'soak',
  inHotfix: false,
  schema: {
    ...durationSchema,
    description: 'how long a release must be served healthily before, such as 2h',
  },
  read: (entry, { from, environment, report }) => {
    if (from.length === 0)
      report(
        '/soak',
        `"soak" needs "from": no environment comes before ${environment}, so nothing can be served there`,
      );
    return { soak: readDuration(entry, 'soak', { pointer: '/soak', report }) ?? 0 };
  },
  evaluate: evaluateSoak,
});

function evaluateSoak({ soak }: SoakConfig, { sources, release, now }: GateFacts): GateAnswer {
  const unknown: string[] = [];
  let best: { environment: string; since: number } | undefined;
  for (const { environment, state } of sources) {
    if (!state.known) {
      unknown.push(`The state of ${environment} cannot be read: ${state.why}`);
      continue;
    }
    for (const { since, until } of state.value.healthy) {
      const length = (until ?? now) - since;
      if (length >= soak) {
        const sentence = `${environment} served ${release.id} healthily for ${describeDuration(length)}; ${describeDuration(soak)} are required.`;
        return { verdict: 'pass', sentence, evidence: [] };
      }
      if (until === undefined && since < (best?.since ?? Infinity)) best = { environment, since };
    }
  }
  if (best !== undefined) {
    const end = best.since + soak;
    const sentence = `${best.environment} has served ${release.id} healthily for ${describeDuration(now - best.since)}; ${describeDuration(soak)} are required, until ${describeTime(end)}.`;
    return { verdict: 'pending', sentence, evidence: [], again: end };
  }
  if (unknown.length > 0) return { verdict: 'error', sentence: `${unknown.join('; ')}.`, evidence: [] };
  const names = sources.map(({ environment }) => environment).join(', ');
  const sentence = `${names} does not serve ${release.id} healthily now; ${describeDuration(soak)} without interruption are required.`;
  return { verdict: 'pending', sentence, evidence: [] };
}
