// What a hotfix skipped and is still open, for people, with the commands that help.
import type { DebtAnswer } from '../hub/hub-answers.ts';
import type { Output } from './output.ts';
import { plainLine } from './plain-text.ts';

/** Empty when there is no debt. */
export function formatDebt(debt: readonly DebtAnswer[] | undefined, output: Output): string {
  if (debt === undefined) return '';
  const lines = debt.map(({ gate, due, overdue, help }) => {
    const state = overdue ? output.onStdout('red', `overdue since ${due}`) : `due ${due}`;
    return `  ${output.onStdout('yellow', 'HotfixDebt')}: ${plainLine(gate)} was skipped, ${state}${help === null ? '' : `: ${plainLine(help)}`}`;
  });
  return lines.join('\n');
}
