// `stk release why`: why an environment does not serve what it should, or why it does: every gate, what is missing, the
// command that helps, and when it is looked at again.
import { requireEnvironment, type CommandContext } from '../context.ts';
import type { EnvironmentAnswer } from '../hub/hub-answers.ts';
import { type GatesAnswer, isOpen } from '../hub/gates-answer.ts';
import { formatDebt } from '../print/debt-report.ts';
import { commandsThatHelp } from '../print/gates-report.ts';
import { plainLine } from '../print/plain-text.ts';
import { formatTable } from '../print/table.ts';
import { askAboutRelease } from './release-gates.ts';

export interface WhyOptions {
  readonly env: string;
  readonly releaseId?: string;
  readonly author?: string;
}

export async function explainRelease(context: CommandContext, options: WhyOptions): Promise<number> {
  const { hub, project, output, identity } = context;
  requireEnvironment(identity, options.env);
  const status = await hub.environment(project, options.env);
  const answer = await askAboutRelease(context, options);
  const against = status.conditions.filter(
    ({ type, status: state }) => ['Ready', 'Admitted', 'Compatible'].includes(type) && state !== 'True',
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
  };
  const owed = formatDebt(status.debt, output);
  output.result(
    value,
    [describe({ status, answer, against, help }), owed].filter((part) => part !== '').join('\n\n'),
  );
  return 0;
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
    rows.length === 0 ? '' : formatTable(['GATE', 'KIND', 'VERDICT', 'WHY', 'LOOKED AT AGAIN'], rows),
    help.length === 0 ? '' : `what helps:\n${help.map((command) => `  ${plainLine(command)}`).join('\n')}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
