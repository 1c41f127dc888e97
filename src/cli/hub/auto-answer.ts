// The Hub's answer about automatic promotion.
import { fields, isFields, list, optionalText, text } from './answer-fields.ts';

export interface AutoAnswer {
  readonly environment: string;
  /** `gates`, `schedule`; a newer Hub may know more. */
  readonly when: string;
  readonly schedule: { readonly cron: string; readonly timeZone: string } | null;
  readonly choose: string;
  /** RFC 3339. */
  readonly next: string | null;
  /** `promote`, `nothing`, `wait`. */
  readonly would: string;
  readonly release: string | null;
  readonly source: string | null;
  readonly sentence: string;
  /** False when another Hub acts. */
  readonly acts: boolean;
  /** The newest first. */
  readonly attempts: readonly AutoAttempt[];
}

export interface AutoAttempt {
  readonly moment: string;
  readonly at: string;
  /** `promoted`, `nothing`, `waited`. */
  readonly did: string;
  readonly release: string | null;
  readonly sentence: string;
}

export function readAuto(body: unknown): AutoAnswer {
  const answer = fields(body);
  const { schedule } = answer;
  return {
    environment: text(answer['environment']),
    when: text(answer['when']),
    schedule: isFields(schedule)
      ? { cron: text(schedule['cron']), timeZone: text(schedule['timeZone']) }
      : null,
    choose: text(answer['choose']),
    next: optionalText(answer['next']) ?? null,
    would: text(answer['would']),
    release: optionalText(answer['release']) ?? null,
    source: optionalText(answer['source']) ?? null,
    sentence: text(answer['sentence']),
    acts: answer['acts'] !== false,
    attempts: list(answer['attempts']).map(readAttempt),
  };
}

function readAttempt(entry: unknown): AutoAttempt {
  const attempt = isFields(entry) ? entry : {};
  return {
    moment: text(attempt['moment']),
    at: text(attempt['at']),
    did: text(attempt['did']),
    release: optionalText(attempt['release']) ?? null,
    sentence: text(attempt['sentence']),
  };
}
