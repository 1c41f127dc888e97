// A canary for people: its state in two lines, then a table of its gates.
import type { CanaryAnswer, CanaryGate } from '../hub/canary-answer.ts';
import { formatDuration } from './duration.ts';
import { plainLine } from './plain-text.ts';
import { formatTable } from './table.ts';

export function formatCanary(canary: CanaryAnswer): string {
  const { environment, of, release, stable, weight, step, steps, state, counted, sentence, gates, note } =
    canary;
  if (release === null) return plainLine(`${environment} (canary of ${of}): ${sentence}`);
  const share = `${weight} % of the calls${steps > 1 ? `, step ${step} of ${steps}` : ''}`;
  const head = `${environment} (canary of ${of}): ${release} beside ${stable ?? 'nothing'}, ${share}`;
  const time = counted > 0 ? `, ${formatDuration(counted)} counted` : '';
  const lines = [head, `${state}${time}: ${sentence}`, ...(note === undefined ? [] : [note])].map(plainLine);
  return gates.length === 0 ? lines.join('\n') : `${lines.join('\n')}\n\n${formatGates(gates)}`;
}

function formatGates(gates: readonly CanaryGate[]): string {
  const rows = gates.map(({ name, verdict, action, dryRun, sentence }) => [
    name,
    verdict,
    dryRun ? `${action} (dry run)` : action,
    sentence,
  ]);
  return formatTable(['GATE', 'VERDICT', 'ON BREACH', 'WHY'], rows);
}
