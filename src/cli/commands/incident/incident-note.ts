// `stk incident note` and `stk incident close`: write records, so that the rollback's file stays unchanged.
import { StkError } from '../../../kernel/errors.ts';
import { planIncidentNote } from '../../../promotion/plan-incident.ts';
import type { CommandContext } from '../../context.ts';
import { openAudit } from '../../govern/open-audit.ts';
import { openIncidents } from '../../govern/open-incidents.ts';
import { type RecordOptions, writeRecord } from '../../govern/write-record.ts';

export interface NoteOptions extends RecordOptions {
  readonly text?: string;
}

export interface Noted {
  readonly action: 'note' | 'close';
  readonly name: string;
  readonly text: string | undefined;
}

export async function noteIncident(
  context: CommandContext,
  { action, name, text = '' }: Noted,
  options: RecordOptions,
): Promise<number> {
  if (text.trim() === '')
    throw new StkError(
      'usage',
      action === 'note' ? 'the text of the note is missing' : 'the text that tells how it ended is missing',
      {
        hint: `stk incident ${action} ${name} --text "…"`,
      },
    );
  const repo = await context.openRepo();
  const author = await repo.identity(options.author);
  const source = await openAudit(context, repo, options.remote);
  const { known } = await openIncidents(source);
  const { revision, pipeline, now } = source;
  const basis = { repo: repo.reader, revision, pipeline, now, by: author.email, through: undefined };
  const planned = await planIncidentNote(basis, { incident: name, action, text }, known);
  if (planned.kind === 'refused') throw planned.error;
  const told = `${author.email} ${action === 'note' ? 'noted in' : 'closed'} ${name}`;
  const { branch } = pipeline.records;
  const write = { file: planned.file, author, branch, tip: revision, told };
  return writeRecord(context, repo, { write, options });
}
