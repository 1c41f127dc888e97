// `stk canary status`: the state of canaries, each gate with its verdict; with --watch again after every change, until
// the canary is over.
import { StkError } from '../../../kernel/errors.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { type CanaryAnswer, readCanary } from '../../hub/canary-answer.ts';
import { followHub } from '../../hub/follow-hub.ts';
import { formatCanary } from '../../print/canary-report.ts';

export interface CanaryStatusOptions {
  readonly env?: string;
  readonly watch?: boolean;
}

/** States in which nothing more happens automatically. */
const ended = new Set(['none', 'undecided', 'passed']);

export async function showCanaries(context: CommandContext, options: CanaryStatusOptions): Promise<number> {
  const { identity, output } = context;
  const { env } = options;
  if (env !== undefined) requireEnvironment(identity, env);
  const names = env === undefined ? [...identity.of.keys()] : [env];
  if (names.length === 0)
    throw new StkError('unknown-environment', 'no environment of stk.yaml has "of", so there is no canary', {
      hint: 'docs/guides/release-through-a-canary.md says how to set one up.',
    });
  const first = await askAll(context, names);
  const answers = options.watch === true ? await watchCanaries(context, first) : first;
  const [only] = answers;
  const value = env !== undefined && only !== undefined ? only : { canaries: answers };
  output.result(value, answers.map(formatCanary).join('\n\n'));
  return 0;
}

function askAll({ hub, project }: CommandContext, names: readonly string[]): Promise<CanaryAnswer[]> {
  return Promise.all(names.map((name) => hub.of(name).canary(project, name)));
}

/** Runs until every canary is over, or the operator ends it; returns their state. */
async function watchCanaries(
  { hub, output, services: { clock, interrupted } }: CommandContext,
  first: readonly CanaryAnswer[],
): Promise<readonly CanaryAnswer[]> {
  let answers = first;
  const ended = new AbortController();
  const signal = AbortSignal.any([interrupted, ended.signal]);
  let shown = '';
  const show = (): void => {
    if (answers.every(isOver)) ended.abort();
    const text = answers.map(formatCanary).join('\n\n');
    if (text === shown || ended.signal.aborted) return;
    shown = text;
    if (output.isLive) output.redraw(text);
    else output.narrate(`${text}\n`);
  };
  show();
  const hubs = new Set(first.map(({ environment }) => hub.of(environment)));
  const streams = [...hubs].map((one) =>
    followHub({
      hub: one,
      environment: undefined,
      clock,
      signal,
      onMessage({ event, data }) {
        if (event !== 'canary') return;
        const told = readCanary(data);
        answers = answers.map((one) => (one.environment === told.environment ? told : one));
        show();
      },
      onLost: ({ message }) => output.narrate(`${message}; asking again.`),
    }),
  );
  try {
    await Promise.all(streams);
  } finally {
    ended.abort();
    await Promise.allSettled(streams);
  }
  return answers;
}

function isOver({ state }: CanaryAnswer): boolean {
  return ended.has(state);
}
