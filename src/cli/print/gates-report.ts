// Gates for people: a table of verdicts, then the commands that help.
import { type GateRow, isOpen } from '../hub/gates-answer.ts';
import { formatTable } from './table.ts';
import { plainLine } from './plain-text.ts';

/** Empty when there are no gates. */
export function formatGates(gates: readonly GateRow[]): string {
  if (gates.length === 0) return '';
  const rows = gates.map(({ name, verdict, isSkipped, sentence }) => [
    name,
    isSkipped === true ? `${verdict}, skipped` : verdict,
    sentence,
  ]);
  const helps = commandsThatHelp(gates).map((command) => `  ${plainLine(command)}`);
  return [
    formatTable(['GATE', 'VERDICT', 'WHY'], rows),
    ...(helps.length === 0 ? [] : [`what helps:\n${helps.join('\n')}`]),
  ].join('\n\n');
}

/** From the open gates, each once. */
export function commandsThatHelp(gates: readonly GateRow[]): readonly string[] {
  return [...new Set(gates.filter((gate) => !isOpen(gate)).flatMap(({ help }) => help ?? []))];
}
