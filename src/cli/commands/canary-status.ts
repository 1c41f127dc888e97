// `stk canary status`: how canaries stand, each gate with its verdict; with --watch anew whenever something changed, until the
// canary is over.
import { StkError } from '../../kernel/errors.ts';
import { requireEnvironment, type CommandContext } from '../context.ts';
import type { CanaryAnswer } from '../hub/canary-answer.ts';
import { formatCanary } from '../print/canary-report.ts';

export interface CanaryStatusOptions {
  readonly env?: string;
  readonly watch?: boolean;
}

/** Milliseconds between two questions of --watch. The Hub looks every 10 s. */
const pause = 2_000;
/** Nothing more happens by itself. */
const ended = new Set(['none', 'undecided', 'passed']);

export async function showCanaries(context: CommandContext, options: CanaryStatusOptions): Promise<number> {
  const { identity, output, services } = context;
  const { env } = options;
  if (env !== undefined) requireEnvironment(identity, env);
  const names = env === undefined ? [...identity.of.keys()] : [env];
  if (names.length === 0)
    throw new StkError('unknown-environment', 'no environment of stk.yaml has "of", so there is no canary', {
      hint: 'docs/guides/release-through-a-canary.md says how to set one up.',
    });
  let answers = await askAll(context, names);
  let shown = '';
  while (options.watch === true && !answers.every(isOver) && !services.interrupted.aborted) {
    const text = answers.map(formatCanary).join('\n\n');
    if (text !== shown) output.narrate(`${text}\n`);
    shown = text;
    await services.clock.sleep(pause, services.interrupted);
    answers = await askAll(context, names);
  }
  const [only] = answers;
  const value = env !== undefined && only !== undefined ? only : { canaries: answers };
  output.result(value, answers.map(formatCanary).join('\n\n'));
  return 0;
}

function askAll({ hub, project }: CommandContext, names: readonly string[]): Promise<CanaryAnswer[]> {
  return Promise.all(names.map((name) => hub.of(name).canary(project, name)));
}

function isOver({ state }: CanaryAnswer): boolean {
  return ended.has(state);
}
