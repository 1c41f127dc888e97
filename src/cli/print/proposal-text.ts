// The text of a proposal's pull request: the effect of merging it, then the check's Markdown.
import type { CheckVerdict } from '../hub/check-verdict.ts';
import { escapeMarkdown, formatVerdictsAsMarkdown } from './check-markdown.ts';

export interface ProposalText {
  readonly environment: string;
  readonly from: string | undefined;
  readonly to: string;
  /** `null` when it was not checked. */
  readonly verdict: CheckVerdict | null;
  readonly reason: string | undefined;
  /** Shown first: whole sentences. */
  readonly notes?: readonly string[];
}

export function formatProposal({ environment, from, to, verdict, reason, notes = [] }: ProposalText): string {
  const [name, release] = [escapeMarkdown(environment), escapeMarkdown(to)];
  const before = from === undefined ? 'no release' : escapeMarkdown(from);
  return [
    ...notes.map(escapeMarkdown),
    `Merging this moves **${name}** from ${before} to **${release}**. It replaces the whole snapshot: schema contract, permissions, config and operations.`,
    ...(reason === undefined ? [] : [`Reason: ${escapeMarkdown(reason)}`]),
    verdict === null
      ? 'It was not checked yet whether it fits the database. The Hub checks before it serves.'
      : formatVerdictsAsMarkdown([verdict]),
  ].join('\n\n');
}
