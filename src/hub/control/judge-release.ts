// Checks whether a release fits an environment now. Every answer but yes is a refusal with the error that the control
// plane sends.
import type { Finding } from '../../model/finding.ts';
import { isBlocking } from '../../model/finding.ts';
import { StkError } from '../../kernel/errors.ts';
import type { Candidate, HubState } from '../../reconciler/hub-state.ts';

export interface FittingRelease {
  readonly kind: 'fits';
  readonly release: string;
  readonly fingerprint: string;
  /** Warnings, information, and blocking ones that the environment accepts. */
  readonly findings: readonly Finding[];
}

export type ReleaseJudgement = FittingRelease | { readonly kind: 'refused'; readonly error: StkError };

/** Refuses with `incompatible`, `indeterminate`, `database-unavailable`, or the error of the release itself. */
export async function judgeRelease(
  state: Pick<HubState, 'check'>,
  environment: string,
  what: Candidate,
): Promise<ReleaseJudgement> {
  const outcome = await state.check(environment, what);
  if (outcome.kind === 'refused') return outcome;
  const { release, verdict } = outcome;
  const details = { environment, release };
  switch (verdict.kind) {
    case 'compatible':
      return { kind: 'fits', release, fingerprint: verdict.fingerprint, findings: verdict.findings };
    case 'incompatible': {
      const blocking = verdict.findings.filter(isBlocking);
      return refused(
        'incompatible',
        `${release} does not fit the database of ${environment}: ${blocking.map((f) => `${f.code} ${f.object}`).join(', ')}`,
        {
          hint: 'Apply what is missing to the database, or choose a release that fits.',
          details: { ...details, findings: verdict.findings },
        },
      );
    }
    case 'indeterminate':
      return refused('indeterminate', verdict.message, {
        hint: 'Try again in a moment.',
        details: { ...details, findings: verdict.findings, reason: verdict.reason },
      });
    case 'unavailable':
      return refused(
        'database-unavailable',
        `the database of ${environment} cannot be used: ${verdict.message}`,
        {
          hint: 'The Hub keeps trying; stk status shows when it is back.',
          details,
        },
      );
  }
}

function refused(...error: ConstructorParameters<typeof StkError>): ReleaseJudgement {
  return { kind: 'refused', error: new StkError(...error) };
}
