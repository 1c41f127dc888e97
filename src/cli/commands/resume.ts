// `stk resume`: takes the hold out of an environment's pointer.
import { editPointer } from '../../documents/edit-pointer.ts';
import { parsePointer } from '../../documents/parse-pointer.ts';
import { StkError } from '../../kernel/errors.ts';
import { formatProblems } from '../../model/problem.ts';
import { formatStopMessage } from '../../promotion/commit-message.ts';
import { pointerPath } from '../../promotion/pointer-file.ts';
import type { StopPlan } from '../../promotion/stop-files.ts';
import { requireEnvironment, type CommandContext } from '../context.ts';
import { type CommitOptions, commitStop, findFile } from '../govern/commit-stop.ts';

export interface ResumeOptions extends CommitOptions {
  readonly env: string;
}

export async function resume(context: CommandContext, options: ResumeOptions): Promise<number> {
  const { env: environment } = options;
  requireEnvironment(context.identity, environment);
  const repo = await context.openRepo();
  const path = pointerPath(environment);
  const found = await findFile(repo, await repo.tip(), path);
  const stop = {
    plan: planResume(environment, found.text),
    found,
    facts: { environment },
    told: `${environment} is no longer held: automation may move it forward again`,
    already: `${environment} is not held`,
  };
  return commitStop(context, repo, { stop, options });
}

function planResume(environment: string, text: string | undefined): StopPlan {
  if (text === undefined) return { kind: 'already' };
  const path = pointerPath(environment);
  const parsed = parsePointer(text, { file: path });
  if (!parsed.ok)
    return {
      kind: 'refused',
      error: new StkError('pointer-invalid', formatProblems(parsed.problems), {
        hint: `Fix ${path}, or move the environment: stk release rollback --env ${environment}`,
      }),
    };
  const { release, hold } = parsed.value;
  if (hold === undefined) return { kind: 'already' };
  const content = editPointer(text, { release, hold: null });
  const message = formatStopMessage({
    action: 'resume',
    subject: environment,
    reason: undefined,
    actor: undefined,
  });
  return { kind: 'change', change: { path, content, message } };
}
