// `stk incident list`: every incident of the clone, the newest first.
import { type CommandContext, requireEnvironment } from '../../context.ts';
import { openAudit } from '../../govern/open-audit.ts';
import { openIncidents, presentIncident } from '../../govern/open-incidents.ts';
import { plainLine } from '../../print/plain-text.ts';
import { formatTable } from '../../print/table.ts';

export interface ListIncidentsOptions {
  readonly env?: string;
  readonly open?: boolean;
  readonly remote?: string;
}

export async function listIncidents(context: CommandContext, options: ListIncidentsOptions): Promise<number> {
  const { env, open, remote } = options;
  if (env !== undefined) requireEnvironment(context.identity, env);
  const source = await openAudit(context, await context.openRepo(), remote);
  const { known, broken } = await openIncidents(source);
  const incidents = known
    .filter(({ environment }) => env === undefined || environment === env)
    .filter(({ closed }) => open !== true || closed === undefined)
    .map(presentIncident);
  for (const { incident, problem } of broken)
    context.output.narrate(plainLine(`${incident} cannot be read: ${problem}`));
  const rows = incidents.map((one) => [
    one.incident,
    one.state,
    one.severity,
    one.cause,
    one.actor,
    one.title ?? '',
  ]);
  context.output.result(
    { project: context.project, incidents, broken },
    rows.length === 0
      ? 'no incidents'
      : formatTable(['INCIDENT', 'STATE', 'SEVERITY', 'CAUSE', 'BY', 'TITLE'], rows),
  );
  return 0;
}
