// What a script wants to know of environments: are they fine, refused, or still on their way? And waits for the answer.
import { StkError } from '../../kernel/errors.ts';
import type { CommandContext } from '../context.ts';
import type { EnvironmentAnswer } from './hub-answers.ts';
import type { Survey } from './survey-environments.ts';

/** Milliseconds between two looks. */
const pauseMs = 500;
/** Conditions that only a change of git or of the database mends. */
const refusals = ['PointerValid', 'ReleaseValid', 'Compatible', 'ProjectValid'];

export type StatusJudgement = 'fine' | 'refused' | 'pending';

/** The worst of all: something refused counts once nothing is on its way any more. */
export function judgeSurvey({ environments, missing }: Survey): StatusJudgement {
  const all = [...environments.map(judgeEnvironment), ...missing.map((): StatusJudgement => 'pending')];
  if (all.includes('pending')) return 'pending';
  return all.includes('refused') ? 'refused' : 'fine';
}

function judgeEnvironment({ conditions }: EnvironmentAnswer): StatusJudgement {
  if (conditions.some(({ type, status }) => status === 'False' && refusals.includes(type))) return 'refused';
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True') ? 'fine' : 'pending';
}

/** 0 fine, 3 refused, 5 on its way or not told. */
export function exitCodeOf(judgement: StatusJudgement): number {
  return { fine: 0, refused: 3, pending: 5 }[judgement];
}

/** Has the Hubs look at git, and asks until nothing is on its way or the time is over. Throws what the last look threw. */
export async function waitUntilSettled(
  { hub, project, services, identity }: CommandContext,
  look: () => Promise<Survey>,
  { env, timeoutMs }: { readonly env: string | undefined; readonly timeoutMs: number },
): Promise<Survey> {
  const { clock, interrupted } = services;
  const deadline = clock.now() + timeoutMs;
  const names = env === undefined ? identity.environments : [env];
  const hubs = new Set(names.length === 0 ? [hub] : names.map((name) => hub.of(name)));
  // A Hub that cannot be told to look does so by itself; one that does not answer is met by the look.
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
