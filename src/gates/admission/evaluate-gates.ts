// Evaluates the gates that a move needs. A hotfix needs its own approvals and the kinds that a hotfix never skips. The
// others are evaluated too, because skipping them is debt.
import type { AdmissionFacts } from './admission-facts.ts';
import type { AdmissionPolicy } from './admission-policy.ts';
import { evaluateApprovals } from '../kinds/approval.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { GateFacts } from '../../model/pipeline/gate-facts.ts';

export interface GateResult extends GateAnswer {
  readonly name: string;
  readonly kind: string;
  /** False when a hotfix skips it. */
  readonly isNeeded: boolean;
}

/** The gate that a hotfix adds; no gate in stk.yaml can have this name. */
export const hotfixGateName = 'hotfix approvals';

/** Milliseconds until a gate that failed to evaluate is evaluated again. */
const errorAgain = 10_000;

export function evaluateMoveGates(
  policy: AdmissionPolicy,
  facts: Pick<AdmissionFacts, 'gates' | 'move'>,
  { isHotfix, now }: { readonly isHotfix: boolean; readonly now: number },
): { readonly gates: readonly GateResult[]; readonly again: number | undefined } {
  const { environment, hotfix, people } = policy;
  const commit = isHotfix ? facts.move.hotfix?.commit : undefined;
  const gateFacts: GateFacts = { ...facts.gates, now, environment, hotfix: commit };
  const gates: GateResult[] = policy.gates.map((gate) => ({
    name: gate.name,
    kind: gate.kind,
    isNeeded: commit === undefined || gate.inHotfix || hotfix.keep.includes(gate.kind),
    ...retryErrors(gate.evaluate(gateFacts), now),
  }));
  if (commit !== undefined) {
    const approvals = evaluateApprovals(
      {
        ...hotfix.approvals,
        expires: undefined,
        allowAuthor: false,
        people,
        isAbout: (record) => record.hotfix === commit,
      },
      gateFacts,
    );
    gates.unshift({ name: hotfixGateName, kind: 'approval', isNeeded: true, ...retryErrors(approvals, now) });
  }
  const moments = gates.flatMap(({ again }) => (again === undefined || again <= now ? [] : [again]));
  return { gates, again: moments.length === 0 ? undefined : Math.min(...moments) };
}

function retryErrors(answer: GateAnswer, now: number): GateAnswer {
  return answer.verdict === 'error'
    ? { ...answer, again: Math.min(answer.again ?? Infinity, now + errorAgain) }
    : answer;
}
