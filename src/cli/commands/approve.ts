// `stk approve` and `stk reject`: record that somebody approves or rejects a release for an environment.
import { planJudgement } from '../../promotion/plan-evidence.ts';
import { requireEnvironment, type CommandContext } from '../context.ts';
import { openEvidence } from '../govern/open-evidence.ts';
import { type RecordOptions, writeRecord } from '../govern/write-record.ts';

export interface JudgeOptions extends RecordOptions {
  readonly release: string;
  readonly env: string;
  readonly comment?: string;
}

export async function judgeRelease(
  context: CommandContext,
  verdict: 'approval' | 'rejection',
  options: JudgeOptions,
): Promise<number> {
  const { release, env: environment, comment } = options;
  requireEnvironment(context.identity, environment);
  const [{ repo, tip, author, basis, branch }, served] = await Promise.all([
    openEvidence(context, options.author),
    askServed(context, environment),
  ]);
  const planned = await planJudgement(basis, { verdict, release, environment, comment, served });
  if (planned.kind === 'refused') throw planned.error;
  const { skips, file } = planned;
  if (skips !== null)
    context.output.narrate(
      `${release} is a hotfix of ${environment}: this counts for the hotfix alone. It skips: ${skips.join(', ') || 'nothing'}`,
    );
  const word = verdict === 'approval' ? 'approved' : 'rejected';
  const told = `${author.email} ${word} ${release} for ${environment}${skips === null ? '' : ' as a hotfix'}`;
  return writeRecord(context, repo, { write: { file, author, branch, tip, told }, options });
}

/**
 * The release that the environment serves, null for none; `undefined` when the Hub is unreachable and git must be used
 * instead.
 */
async function askServed(
  { hub, project }: CommandContext,
  environment: string,
): Promise<string | null | undefined> {
  return hub.environment(project, environment).then(
    ({ serving }) => serving?.release ?? null,
    () => undefined,
  );
}
