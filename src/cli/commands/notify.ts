// `stk notify list | retry`: the Hub's notifications that were not acknowledged.
import type { CommandContext } from '../context.ts';
import type { NotificationAnswer } from '../hub/notifications-answer.ts';
import { formatTable } from '../print/table.ts';

export interface NotifyOptions {
  readonly env?: string;
}

export async function listNotifications(context: CommandContext, { env }: NotifyOptions): Promise<number> {
  const { project, output } = context;
  const answer = await hubOf(context, env).notifications(project);
  const rows = [
    ...answer.waiting.map((one) => describe(one, 'waiting')),
    ...answer.dead.map((one) => describe(one, 'given up')),
  ];
  const nothing = 'Every notification was acknowledged.';
  output.result(answer, rows.length === 0 ? nothing : formatTable(headings, rows));
  return 0;
}

/** Exit code 4: there is no such notification. */
export async function retryNotifications(
  context: CommandContext,
  id: string | undefined,
  { env }: NotifyOptions,
): Promise<number> {
  const { project, output } = context;
  const retried = await hubOf(context, env).retryNotifications(project, id);
  const isUnknown = id !== undefined && retried.length === 0;
  const said = isUnknown
    ? `No notification ${id} was given up; stk notify list shows the notifications that were.`
    : `${retried.length} ${retried.length === 1 ? 'notification is' : 'notifications are'} sent again.`;
  output.result({ retried }, said);
  return isUnknown ? 4 : 0;
}

const headings = ['ID', 'WORD', 'ENVIRONMENT', 'RELEASE', 'TARGET', 'STATE', 'SINCE', 'ATTEMPTS', 'PROBLEM'];

function describe(one: NotificationAnswer, state: string): readonly string[] {
  const { id, word, environment, release, urlFrom, since, attempts, problem } = one;
  return [id, word, environment, release, urlFrom, state, since, String(attempts), problem ?? ''];
}

function hubOf({ hub }: CommandContext, environment: string | undefined): CommandContext['hub'] {
  return environment === undefined ? hub : hub.of(environment);
}
