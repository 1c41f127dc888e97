// A decision as in answers and `status`. Times are RFC 3339.
import type { AdmissionReason, MoveKind } from '../../gates/admission/admit.ts';
import type { GateResult } from '../../gates/admission/evaluate-gates.ts';
import type { GateVerdict } from '../../model/pipeline/gate.ts';
import type { Decision } from './admission-desk.ts';
import { type DecisionOutcome, outcomeOf } from './decision-outcome.ts';

export interface Explanation {
  readonly environment: string;
  readonly release: string;
  readonly digest: string;
  readonly outcome: DecisionOutcome;
  readonly move: MoveKind;
  readonly reason: AdmissionReason;
  readonly message: string;
  readonly gates: readonly ExplainedGate[];
  /** When it is decided again without new facts; `null` for never. */
  readonly again: string | null;
}

export interface ExplainedGate {
  readonly name: string;
  readonly kind: string;
  readonly verdict: GateVerdict;
  readonly sentence: string;
  /** The command that helps. */
  readonly help: string | null;
  readonly again: string | null;
  /** Only when a hotfix skips it. */
  readonly isSkipped?: true;
}

export function presentDecision(decision: Decision): Explanation {
  const { environment, content, admission, again } = decision;
  const { move, reason, message, gates } = admission;
  return {
    environment,
    release: content.release,
    digest: content.digest,
    outcome: outcomeOf(decision),
    move,
    reason,
    message,
    gates: gates.map(presentGate),
    again: presentTime(again),
  };
}

function presentGate({ name, kind, verdict, sentence, help, again, isNeeded }: GateResult): ExplainedGate {
  const shown = { name, kind, verdict, sentence, help: help ?? null, again: presentTime(again) };
  return isNeeded ? shown : { ...shown, isSkipped: true };
}

function presentTime(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
