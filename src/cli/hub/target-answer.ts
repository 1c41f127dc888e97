// The Hub's answer about which release an environment can roll back to.
import { fields, list, optionalText, text } from './answer-fields.ts';

export type TargetKind = 'previous' | 'last-known-good';

export interface TargetAnswer {
  readonly environment: string;
  /** `null` when none exists. */
  readonly release: string | null;
  readonly revision: string | null;
  readonly since: string | null;
  /** `null` when none exists, or the database cannot be checked now. */
  readonly fits: boolean | null;
  readonly skipped: readonly { readonly release: string; readonly why: string }[];
}

export function readTargetAnswer(body: unknown): TargetAnswer {
  const answer = fields(body);
  const { fits } = answer;
  return {
    environment: text(answer['environment']),
    release: optionalText(answer['release']) ?? null,
    revision: optionalText(answer['revision']) ?? null,
    since: optionalText(answer['since']) ?? null,
    fits: typeof fits === 'boolean' ? fits : null,
    skipped: list(answer['skipped']).map((entry) => {
      const one = fields(entry);
      return { release: text(one['release']), why: text(one['why']) };
    }),
  };
}
