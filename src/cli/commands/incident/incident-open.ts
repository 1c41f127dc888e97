// `stk incident open`: an incident without a rollback, as a file under incidents/ on the followed branch.
import { incidentFile } from '../../../documents/incident-file.ts';
import { StkError } from '../../../kernel/errors.ts';
import { incidentFolder, type IncidentSeverity } from '../../../model/pipeline/incident.ts';
import { formatStopMessage } from '../../../promotion/commit-message.ts';
import { filesAt } from '../../../promotion/files-at.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { type CommitOptions, commitStop } from '../../govern/commit-stop.ts';
import { requireReason } from '../../govern/require-reason.ts';
import { releaseOf } from '../release/release-promote.ts';

export interface OpenIncidentOptions extends CommitOptions {
  readonly env: string;
  readonly severity: IncidentSeverity;
  readonly title: string;
  readonly area?: readonly string[];
}

export async function openByHand(context: CommandContext, options: OpenIncidentOptions): Promise<number> {
  const { env: environment, severity, area: areas } = options;
  requireEnvironment(context.identity, environment);
  const title = requireReason(options.title);
  const repo = await context.openRepo();
  const tip = await repo.tip();
  const release = await releaseOf(repo, tip, environment);
  if (release === undefined)
    throw new StkError(
      'unknown-release',
      `the pointer of ${environment} names no release, so it can have no incident`,
      {
        hint: `Name one there: stk release promote --to ${environment} --release-id ID`,
      },
    );
  const { email: actor } = await repo.identity(options.author);
  const opened = context.services.clock.now();
  const facts = { environment, release, opened, severity, cause: 'manual', actor, title, areas } as const;
  const taken = await filesAt(repo.reader, tip).names(incidentFolder);
  const { name, path, text } = incidentFile({ ...facts, timeline: [{ at: opened, text: title }] }, taken);
  const message = formatStopMessage({ action: 'incident', subject: name, reason: title, actor: undefined });
  const stop = {
    plan: { kind: 'change', change: { path, content: text, message } },
    found: { blob: undefined, text: undefined },
    facts: { incident: name, environment, release, severity },
    told: `${name} is open; add a note: stk incident note ${name} --text "…"`,
    already: `${name} is open already`,
  } as const;
  return commitStop(context, repo, { stop, options });
}
