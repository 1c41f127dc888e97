// `stk resume`: removes the hold from an environment's pointer.
import { planResume } from '../../promotion/plan-resume.ts';
import { pointerPath } from '../../promotion/pointer-file.ts';
import { requireEnvironment, type CommandContext } from '../context.ts';
import { type CommitOptions, commitStop, findFile } from '../govern/commit-stop.ts';

export interface ResumeOptions extends CommitOptions {
  readonly env: string;
}

export async function resume(context: CommandContext, options: ResumeOptions): Promise<number> {
  const { env: environment } = options;
  requireEnvironment(context.identity, environment);
  const repo = await context.openRepo();
  const found = await findFile(repo, await repo.tip(), pointerPath(environment));
  const stop = {
    plan: planResume({ environment, text: found.text, actor: undefined }),
    found,
    facts: { environment },
    told: `${environment} has no hold any more: automation may move it forward again`,
    already: `${environment} has no hold`,
  };
  return commitStop(context, repo, { stop, options });
}
