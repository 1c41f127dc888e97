// `stk release gates`: the verdict of every gate of an environment.
import { StkError } from '../../../kernel/errors.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { type GatesAnswer, isOpen } from '../../hub/gates-answer.ts';
import { formatGates } from '../../print/gates-report.ts';
import { plainLine } from '../../print/plain-text.ts';

export interface GatesOptions {
  readonly env: string;
  readonly releaseId?: string;
  readonly author?: string;
}

export async function showGates(context: CommandContext, options: GatesOptions): Promise<number> {
  const answer = await askAboutRelease(context, options);
  context.output.result(answer, describeGates(answer));
  return allPass(answer) ? 0 : 3;
}

/** The requested release, or the one that the pointer names. */
export async function askAboutRelease(
  context: CommandContext,
  { env, releaseId, author }: GatesOptions,
): Promise<GatesAnswer> {
  const { hub, project } = context;
  requireEnvironment(context.identity, env);
  const repo = await context.openRepo();
  // Without a git identity there is no author.
  const mail = await repo.identity(author).then(
    ({ email }) => email,
    (error: unknown) => {
      if (error instanceof StkError && author === undefined) return undefined;
      throw error;
    },
  );
  return hub.gates(project, env, { release: releaseId, author: mail });
}

export function allPass({ outcome, gates }: GatesAnswer): boolean {
  return outcome === 'admitted' && gates.every(isOpen);
}

export function describeGates({ environment, release, outcome, message, gates }: GatesAnswer): string {
  const why = message === undefined || gates.some((gate) => !isOpen(gate)) ? '' : `: ${plainLine(message)}`;
  return [`${environment}: ${release} ${outcome}${why}`, formatGates(gates)]
    .filter((part) => part !== '')
    .join('\n\n');
}
