// The policy at a commit of the followed branch, as the commands need it: its stk.yaml, complete and valid.
import { StkError } from '../../kernel/errors.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import { formatProblems } from '../../model/problem.ts';
import type { Project } from '../../model/project.ts';
import type { LocalRepo } from '../repo/local-repo.ts';

/** Throws `project-invalid`. */
export async function readPolicy(repo: Pick<LocalRepo, 'file'>, revision: string): Promise<Pipeline> {
  return (await readProjectAt(repo, revision)).pipeline;
}

/** The complete file. Throws `project-invalid`. */
export async function readProjectAt(repo: Pick<LocalRepo, 'file'>, revision: string): Promise<Project> {
  const text = (await repo.file(revision, 'stk.yaml')) ?? '';
  // Loaded on first use: most moves need no policy, and loading it takes longer than their commit.
  const [{ parseProject }, { gateKinds }] = await Promise.all([
    import('../../documents/project/parse-project.ts'),
    import('../../gates/gate-kinds.ts'),
  ]);
  const parsed = parseProject(text, { file: 'stk.yaml', gateKinds });
  if (parsed.ok) return parsed.value;
  throw new StkError('project-invalid', formatProblems(parsed.problems), {
    hint: 'Fix stk.yaml on the followed branch first: it defines who may do this.',
  });
}
