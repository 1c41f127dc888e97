// Gate `from`, implied by the key `from`: one of those environments serves the release, or served it until the next
// promotion. A release that was rolled back there does not pass.
import type { Gate, GateAnswer } from '../../model/pipeline/gate.ts';
import type { GateFacts, SourceState } from '../../model/pipeline/gate-facts.ts';

const words: Readonly<Record<SourceState['presence'], string>> = {
  now: 'serves it',
  'promoted-away': 'served it until a newer release was promoted there',
  'rolled-back': 'served it and rolled it back',
  never: 'has not served it',
};

export function fromGate(from: readonly string[]): Gate {
  const [first = ''] = from;
  return {
    name: 'from',
    kind: 'from',
    settings: first !== '' && from.length === 1 ? first : [...from],
    inHotfix: false,
    evaluate: (facts) => evaluateFrom(facts, from),
  };
}

function evaluateFrom({ sources, release }: GateFacts, from: readonly string[]): GateAnswer {
  const said: string[] = [];
  let isUnknown = false;
  let isRolledBack = true;
  for (const { environment, state } of sources) {
    if (!state.known) {
      isUnknown = true;
      said.push(`the state of ${environment} cannot be read: ${state.why}`);
      continue;
    }
    const { presence } = state.value;
    const sentence = `${environment} ${words[presence]}`;
    if (presence === 'now' || presence === 'promoted-away')
      return { verdict: 'pass', sentence: `${release.id}: ${sentence}.`, evidence: [] };
    isRolledBack &&= presence === 'rolled-back';
    said.push(sentence);
  }
  const sentence =
    said.length === 0 ? `The state of ${from.join(', ')} is unknown.` : `${release.id}: ${said.join('; ')}.`;
  if (isUnknown || said.length === 0) return { verdict: 'error', sentence, evidence: [] };
  const help = `stk release promote --to ${from[0] ?? ''} --release-id ${release.id}`;
  return { verdict: isRolledBack ? 'fail' : 'pending', sentence, evidence: [], help };
}
