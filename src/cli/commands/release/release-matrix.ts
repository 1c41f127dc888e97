// `stk release check --all`: which releases fit an environment's database right now, and so can be rolled back to.
// Writes nothing.
import { StkError } from '../../../kernel/errors.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import type { MatrixAnswer } from '../../hub/matrix-answer.ts';
import { formatMatrix } from '../../print/matrix-table.ts';
import { plainLine } from '../../print/plain-text.ts';

export interface MatrixOptions {
  readonly env?: string;
  /** The most releases, the newest ones. */
  readonly limit: number;
}

/** Always exits with 0: the table is the answer. Throws when the database cannot be checked now. */
export async function checkEveryRelease(context: CommandContext, options: MatrixOptions): Promise<number> {
  const { hub, project, output, identity } = context;
  const { env, limit } = options;
  if (env === undefined) {
    const hint = 'stk release check --env prod --all';
    throw new StkError('usage', 'name the environment to check: --env NAME', { hint });
  }
  requireEnvironment(identity, env);
  const matrix = await hub.matrix(project, env, limit);
  output.result(matrix, formatMatrix(matrix));
  if (!output.json) for (const line of narrate(matrix)) output.narrate(plainLine(line));
  return 0;
}

function narrate(matrix: MatrixAnswer): readonly string[] {
  const { environment, releases, desired } = matrix;
  const targets = releases.filter(
    ({ verdict, isRollbackTarget, release }) => verdict === 'fits' && isRollbackTarget && release !== desired,
  );
  const legend = '* desired and served, d desired, s served, < served before';
  const [first] = targets;
  if (first === undefined)
    return [legend, `no release that ${environment} served before fits its database now`];
  return [
    legend,
    `roll back: stk release rollback --env ${environment} --to-release-id ${first.release} --reason "…"`,
  ];
}
