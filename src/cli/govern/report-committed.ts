// What a move that waits for its gates prints: what is missing, and the commands that help.
import type { CommandContext } from '../context.ts';
import type { GatesAnswer } from '../hub/gates-answer.ts';
import { formatGates } from '../print/gates-report.ts';
import type { MoveResult } from '../print/move-result.ts';
import { askHubToLook } from './ask-hub-to-look.ts';

export async function reportCommitted(
  context: CommandContext,
  done: MoveResult,
  before: GatesAnswer | null,
): Promise<number> {
  const { hub, project, output } = context;
  const { environment, to, revision } = done;
  await askHubToLook(context);
  // After the commit, the Hub knows its authors, and whether it is a hotfix.
  const answer = await hub.gates(project, environment, { release: to }).catch(() => before);
  const outcome = answer?.outcome ?? null;
  const gates = answer?.gates ?? null;
  const state =
    outcome === 'admitted'
      ? 'every gate passes: the Hub activates it now'
      : `it takes effect when the gates pass; watch it: stk release gates --env ${environment} --watch`;
  const told = [`${environment}: ${to} committed as ${revision ?? ''}; ${state}`, formatGates(gates ?? [])];
  output.result({ ...done, gates, outcome }, told.filter((part) => part !== '').join('\n\n'));
  return 0;
}
