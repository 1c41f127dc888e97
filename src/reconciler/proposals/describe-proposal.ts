// The inputs for a pull request's text; src/app writes it, with the Markdown of the check.
import type { Release } from '../../model/release.ts';
import type { ExplainedGate } from '../admission/explanation.ts';
import type { CheckOutcome } from '../hub-state.ts';

export interface ProposalFacts {
  readonly environment: string;
  /** The release that its pointer names; `undefined` for none. */
  readonly from: string | undefined;
  readonly to: string;
  readonly reason: string;
  /** `undefined` when this Hub does not serve the environment. */
  readonly checked: CheckOutcome | undefined;
  readonly gates: readonly ExplainedGate[];
  /** Both releases, for the difference; `undefined` when one of them cannot be read. */
  readonly releases: { readonly before: Release; readonly after: Release } | undefined;
}

/** Markdown. Must not reject. */
export type DescribeProposal = (facts: ProposalFacts) => Promise<string>;
