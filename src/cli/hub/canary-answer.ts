// The Hub's answer about a canary.
import { fields, isFields, list, optionalText, text, type Fields } from './answer-fields.ts';

export interface CanaryAnswer {
  readonly environment: string;
  readonly of: string;
  readonly id: string | null;
  readonly release: string | null;
  readonly stable: string | null;
  /** Per cent. */
  readonly weight: number;
  readonly step: number;
  readonly steps: number;
  /** `none, warming, running, paused, undecided, passed`; a newer Hub may know more. */
  readonly state: string;
  readonly since: string | null;
  /** Milliseconds. */
  readonly counted: number;
  readonly verdict: string;
  readonly sentence: string;
  readonly gates: readonly CanaryGate[];
  readonly note?: string;
}

/** Passed on unchanged; only the shown parts are read. */
export interface CanaryGate extends Fields {
  readonly name: string;
  readonly verdict: string;
  readonly sentence: string;
  readonly action: string;
  readonly dryRun: boolean;
}

export function readCanary(body: unknown): CanaryAnswer {
  const answer = fields(body);
  const number = (name: string): number => Number(answer[name] ?? 0);
  const note = optionalText(answer['note']);
  return {
    environment: text(answer['environment']),
    of: text(answer['of']),
    id: optionalText(answer['id']) ?? null,
    release: optionalText(answer['release']) ?? null,
    stable: optionalText(answer['stable']) ?? null,
    weight: number('weight'),
    step: number('step'),
    steps: number('steps'),
    state: text(answer['state']),
    since: optionalText(answer['since']) ?? null,
    counted: number('counted'),
    verdict: text(answer['verdict']),
    sentence: text(answer['sentence']),
    gates: list(answer['gates']).map(readGate),
    ...(note === undefined ? {} : { note }),
  };
}

function readGate(entry: unknown): CanaryGate {
  const gate = isFields(entry) ? entry : {};
  return {
    ...gate,
    name: text(gate['name']),
    verdict: text(gate['verdict']),
    sentence: text(gate['sentence']),
    action: text(gate['action']),
    dryRun: gate['dryRun'] === true,
  };
}
