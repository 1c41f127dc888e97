// The Hub's answer to "may this release enter this environment": the outcome and every gate.
import { fields, isFields, optionalText, text } from './answer-fields.ts';

export interface GatesAnswer {
  readonly environment: string;
  readonly release: string;
  readonly digest: string;
  /** `admitted`, `waiting`, `refused`; a newer Hub may know more. */
  readonly outcome: string;
  /** The kind of move; `undefined` when the Hub does not report it. */
  readonly move: string | undefined;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly gates: readonly GateRow[];
  readonly again: string | null;
}

export interface GateRow {
  readonly name: string;
  readonly kind: string;
  readonly verdict: string;
  readonly sentence: string;
  readonly help: string | null;
  readonly again: string | null;
  /** Only when a hotfix skips it. */
  readonly isSkipped?: true;
}

export function readGates(body: unknown): GatesAnswer {
  const answer = fields(body);
  return {
    environment: text(answer['environment']),
    release: text(answer['release']),
    digest: text(answer['digest']),
    outcome: text(answer['outcome']),
    move: optionalText(answer['move']),
    reason: optionalText(answer['reason']),
    message: optionalText(answer['message']),
    gates: readGateRows(answer['gates']),
    again: optionalText(answer['again']) ?? null,
  };
}

/** The gates in an answer or an error; empty when none exist. */
export function readGateRows(value: unknown): readonly GateRow[] {
  return (Array.isArray(value) ? value : []).flatMap((entry: unknown) => {
    if (!isFields(entry)) return [];
    return [
      {
        name: text(entry['name']),
        kind: text(entry['kind']),
        verdict: text(entry['verdict']),
        sentence: text(entry['sentence']),
        help: optionalText(entry['help']) ?? null,
        again: optionalText(entry['again']) ?? null,
        ...(entry['isSkipped'] === true ? { isSkipped: true as const } : {}),
      },
    ];
  });
}

/** Whether a move would wait for it, or be refused by it. */
export function isOpen({ verdict, isSkipped }: GateRow): boolean {
  return verdict === 'pass' || isSkipped === true;
}
