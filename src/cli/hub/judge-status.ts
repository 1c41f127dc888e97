// Whether environments are ready, refused or in progress, for scripts. Also waits for the result.
import { StkError } from '../../kernel/errors.ts';
import type { CommandContext } from '../context.ts';
import type { EnvironmentAnswer } from './hub-answers.ts';
import type { Survey } from './survey-environments.ts';

/** Milliseconds between two checks. */
const pauseMs = 500;
/** Conditions that only a change of git or of the database fixes. */
const refusals = ['PointerValid', 'ReleaseValid', 'Compatible', 'ProjectValid'];

export type StatusJudgement = 'fine' | 'refused' | 'pending';

/** The worst of all; a refusal counts once nothing is in progress. */
export function judgeSurvey({ environments, missing }: Survey): StatusJudgement {
  const all = [...environments.map(judgeEnvironment), ...missing.map((): StatusJudgement => 'pending')];
  if (all.includes('pending')) return 'pending';
  return all.includes('refused') ? 'refused' : 'fine';
}

function judgeEnvironment({ conditions }: EnvironmentAnswer): StatusJudgement {
  if (conditions.some(({ type, status }) => status === 'False' && refusals.includes(type))) return 'refused';
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True') ? 'fine' : 'pending';
}

/** 0 ready, 3 refused, 5 in progress or unknown. */
export function exitCodeOf(judgement: StatusJudgement): number {
  return { fine: 0, refused: 3, pending: 5 }[judgement];
}

/** Makes the Hubs check git, and asks until nothing is in progress or the time is over. Throws the last error. */
export async function waitUntilSettled(
  { hub, project, services, identity }: CommandContext,
  look: () => Promise<Survey>,
  { env, timeoutMs }: { readonly env: string | undefined; readonly timeoutMs: number },
): Promise<Survey> {
  const { clock, interrupted } = services;
  const deadline = clock.now() + timeoutMs;
  const names = env === undefined ? identity.environments : [env];
  const hubs = new Set(names.length === 0 ? [hub] : names.map((name) => hub.of(name)));
  // A Hub that does not accept the request checks git later; the next check finds one that does not answer.
  await Promise.allSettled([...hubs].map((one) => one.sync(project)));
  for (;;) {
    try {
      const survey = await look();
      if (judgeSurvey(survey) !== 'pending' || clock.now() >= deadline || interrupted.aborted) return survey;
    } catch (error) {
      const mayPass = error instanceof StkError && error.code === 'hub-unavailable';
      if (!mayPass || clock.now() >= deadline || interrupted.aborted) throw error;
    }
    await clock.sleep(pauseMs, interrupted);
  }
}
