// The result of a promotion or rollback, and the message when the Hub does not serve what was committed.
import { StkError } from '../../kernel/errors.ts';
import type { Finding } from '../../model/finding.ts';
import { formatDuration } from './duration.ts';
import { plainLine } from './plain-text.ts';
import type { GateRow } from '../hub/gates-answer.ts';
import type { Served } from '../hub/wait-until-served.ts';

/** The JSON result of a move. */
export interface MoveResult {
  readonly project: string;
  readonly environment: string;
  readonly action: 'promote' | 'rollback' | null;
  readonly from: string | null;
  readonly to: string;
  /** The pointer named `to` already: nothing was done. */
  readonly already: boolean;
  readonly dryRun: boolean;
  readonly checked: boolean;
  readonly fingerprint: string | null;
  readonly findings: readonly Finding[];
  readonly committed: boolean;
  readonly pushed: boolean;
  readonly revision: string | null;
  /** The Hub's report about the gates; absent when it was not asked, or the environment has none. */
  readonly gates?: readonly GateRow[];
  /** The release that the Hub serves; `null` when unknown (`--no-wait`, `--no-check`). */
  readonly serving: string | null;
}

export function notServed(
  done: MoveResult,
  served: Exclude<Served, { kind: 'served' }>,
  timeoutMs: number,
): StkError {
  const { environment, to, revision } = done;
  const short = revision?.slice(0, 10) ?? '';
  const details = { ...done, ...('findings' in served ? { findings: served.findings } : {}) };
  const back = `To undo it: git revert ${short}, or stk release rollback --env ${environment} --to-release-id ID`;
  switch (served.kind) {
    case 'refused':
      return new StkError(
        'incompatible',
        `committed ${short}, but the Hub refuses ${to} for ${environment}: ${served.message}`,
        {
          hint: `${environment} still serves ${served.serving ?? 'nothing'}. ${back}`,
          details: { ...details, reason: served.reason },
        },
      );
    case 'superseded':
      return new StkError(
        'conflict',
        `committed ${short}, but ${plainLine(served.by)} has moved ${environment} on to ${served.release} since${served.reason === undefined ? '' : `: ${plainLine(served.reason)}`}`,
        { hint: `See what happened: stk release list --env ${environment}`, details },
      );
    case 'interrupted':
      return new StkError(
        'not-served-in-time',
        `interrupted after committing ${short}; the Hub continues without this command`,
        {
          hint: `See the result: stk status --env ${environment}`,
          details,
        },
      );
    case 'late': {
      const why = served.message === undefined ? '' : `: ${served.message}`;
      return new StkError(
        'not-served-in-time',
        `committed ${short}, but ${environment} does not serve ${to} after ${formatDuration(timeoutMs)}${why}`,
        { hint: `The Hub keeps trying. Check later: stk status --env ${environment}. ${back}.`, details },
      );
    }
  }
}
