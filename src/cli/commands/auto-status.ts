// `stk auto status`: when the Hub promotes next, what it would do now and why, and the results of past moments.
import { StkError } from '../../kernel/errors.ts';
import { requireEnvironment, type CommandContext } from '../context.ts';
import { formatAuto } from '../print/auto-report.ts';

export interface AutoStatusOptions {
  readonly env?: string;
}

export async function showAuto(
  { hub, project, identity, output }: CommandContext,
  { env }: AutoStatusOptions,
): Promise<number> {
  if (env !== undefined) requireEnvironment(identity, env);
  const names = env === undefined ? [...identity.auto] : [env];
  if (names.length === 0)
    throw new StkError('unknown-environment', 'no environment of stk.yaml has "auto"', {
      hint: 'docs/guides/promote-automatically.md says how to set it up.',
    });
  const answers = await Promise.all(names.map((name) => hub.of(name).auto(project, name)));
  const [only] = answers;
  const value = env !== undefined && only !== undefined ? only : { environments: answers };
  output.result(value, answers.map((answer) => formatAuto(answer)).join('\n\n'));
  return 0;
}
