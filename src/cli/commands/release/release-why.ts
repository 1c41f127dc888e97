// `stk release why`: why an environment does or does not serve what it should: every gate, what is missing, the command
// that helps, and when it is checked again.
import { StkError } from '../../../kernel/errors.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import type { AutoAnswer } from '../../hub/auto-answer.ts';
import type { EnvironmentAnswer } from '../../hub/hub-answers.ts';
import { type GatesAnswer, isOpen } from '../../hub/gates-answer.ts';
import { describeAuto } from '../../print/auto-report.ts';
import { formatDebt } from '../../print/debt-report.ts';
import { commandsThatHelp } from '../../print/gates-report.ts';
import { plainLine } from '../../print/plain-text.ts';
import { formatTable } from '../../print/table.ts';
import { askAboutRelease } from './release-gates.ts';

export interface WhyOptions {
  readonly env: string;
  readonly releaseId?: string;
  readonly author?: string;
}

/** Conditions that explain why the desired release is not served. */
const steps: readonly string[] = ['Ready', 'Admitted', 'Compatible'];

export async function explainRelease(context: CommandContext, options: WhyOptions): Promise<number> {
  const { hub, project, output, identity } = context;
  requireEnvironment(identity, options.env);
  const status = await hub.environment(project, options.env);
  const answer = await askAboutRelease(context, options);
  const auto = identity.auto.has(options.env) ? await askAuto(context, options.env) : undefined;
  const against = status.conditions.filter(({ type, status: state }) =>
    type === 'Triggered' ? state === 'True' : steps.includes(type) && state !== 'True',
  );
  const help = commandsThatHelp(answer.gates);
  const value = {
    ...answer,
    desired: status.desired?.release ?? null,
    serving: status.serving?.release ?? null,
    conditions: against,
    ...(status.debt === undefined ? {} : { debt: status.debt }),
    missing: answer.gates.filter((gate) => !isOpen(gate)).map(({ name }) => name),
    help,
    ...(auto === undefined ? {} : { auto }),
  };
  const owed = formatDebt(status.debt, output);
  output.result(
    value,
    [describe({ status, answer, against, help }), owed, auto === undefined ? '' : formatWhyAuto(auto)]
      .filter((part) => part !== '')
      .join('\n\n'),
  );
  return 0;
}

/** `undefined` when the Hub has not read the setting yet. */
async function askAuto({ hub, project }: CommandContext, env: string): Promise<AutoAnswer | undefined> {
  try {
    return await hub.of(env).auto(project, env);
  } catch (thrown) {
    if (thrown instanceof StkError && thrown.code === 'unknown-environment') return undefined;
    throw thrown;
  }
}

function formatWhyAuto(auto: AutoAnswer): string {
  return `automatic promotion ${plainLine(`${describeAuto(auto)}. ${auto.sentence}`)}`;
}

function describe({
  status: { environment, desired, serving },
  answer,
  against,
  help,
}: {
  readonly status: EnvironmentAnswer;
  readonly answer: GatesAnswer;
  readonly against: EnvironmentAnswer['conditions'];
  readonly help: readonly string[];
}): string {
  const { release, outcome, message, gates } = answer;
  const rows = gates.map(({ name, kind, verdict, isSkipped, sentence, again }) => [
    name,
    kind,
    isSkipped === true ? `${verdict}, skipped` : verdict,
    sentence,
    again ?? '-',
  ]);
  const parts = [
    `${environment} should serve ${desired?.release ?? 'nothing'} and serves ${serving?.release ?? 'nothing'}`,
    `${release}: ${outcome}${message === undefined ? '' : `. ${plainLine(message)}`}`,
    against.map(({ reason, message: text }) => `${reason}: ${plainLine(text)}`).join('\n'),
    rows.length === 0 ? '' : formatTable(['GATE', 'KIND', 'VERDICT', 'WHY', 'NEXT CHECK'], rows),
    help.length === 0 ? '' : `what helps:\n${help.map((command) => `  ${plainLine(command)}`).join('\n')}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
