// Gates: a row of marks where there is little room, a list with each sentence where there is more.
import type { Gate } from '../state/answers.ts';
import { Time } from './time.tsx';

const signs: Readonly<Record<string, string>> = { pass: '✓', pending: '…', fail: '✗', error: '!' };
/** Marks that a card has room for. */
const most = 6;

export interface GateMark {
  readonly name: string;
  /** Absent: nobody asks for it now. */
  readonly verdict?: string;
  readonly sentence?: string;
}

/** What has not passed comes first, so that it is never among those left out. */
export function GateMarks({ gates }: { readonly gates: readonly GateMark[] }) {
  const sorted = [...gates].sort((a, b) => Number(a.verdict === 'pass') - Number(b.verdict === 'pass'));
  const left = sorted.length - most;
  return (
    <ul class="marks" aria-label="gates">
      {sorted.slice(0, left === 1 ? most + 1 : most).map(({ name, verdict, sentence }) => (
        <li key={name} class={`mark ${verdict ?? 'idle'}`} title={sentence ?? name}>
          {verdict === undefined ? null : <span aria-hidden="true">{signs[verdict] ?? '?'}</span>} {name}
          {verdict === undefined ? null : <span class="hidden">: {verdict}</span>}
        </li>
      ))}
      {left > 1 ? <li class="mark idle">and {left} more</li> : null}
    </ul>
  );
}

export function GateList({ gates }: { readonly gates: readonly Gate[] }) {
  if (gates.length === 0) return <p class="dim">There are no gates.</p>;
  return (
    <ul class="items" aria-label="list of gates">
      {gates.map((gate) => (
        <li key={gate.name}>
          <div>
            <strong>{gate.name}</strong>{' '}
            <span class={`mark ${gate.verdict}`}>
              {gate.verdict}
              {gate.isSkipped === true ? ', skipped' : ''}
            </span>
          </div>
          <div>
            {gate.sentence}
            {gate.help === null ? null : <pre>{gate.help}</pre>}
          </div>
          <div class="dim">
            {gate.again === null ? null : (
              <>
                checked again <Time at={gate.again} />
              </>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
