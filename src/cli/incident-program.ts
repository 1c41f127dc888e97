// The commands of `stk incident`.
import { type Command, Option } from 'commander';
import { severities } from '../model/pipeline/incident.ts';
import {
  collectNames,
  examples,
  inContext,
  projectOption,
  type ProgramRequest,
  RequiredOption,
} from './command-in-context.ts';
import type { ListIncidentsOptions } from './commands/incident/incident-list.ts';
import type { NoteOptions } from './commands/incident/incident-note.ts';
import type { OpenIncidentOptions } from './commands/incident/incident-open.ts';
import { addCommitOptions, addRecordOptions, remoteOption } from './record-options.ts';

const opensRepo = { needsRepo: true };

export function addIncidents(program: Command, request: ProgramRequest): void {
  const incident = program
    .command('incident')
    .description('incidents: each rollback opens one; notes are added as records');
  addOpen(incident, request);
  addQuestions(incident, request);
  addNotes(incident, request);
}

function addOpen(incident: Command, request: ProgramRequest): void {
  addCommitOptions(
    incident
      .command('open')
      .description('open an incident without a rollback: a file under incidents/')
      .addOption(new RequiredOption('--env <name>', 'environment that it concerns'))
      .addOption(new RequiredOption('--severity <severity>', 'how bad it is').choices([...severities]))
      .addOption(new RequiredOption('--title <text>', 'what happened, in one line'))
      .option('--area <name>', 'what it affects, such as auth; may be given again', collectNames),
  )
    .addHelpText(
      'after',
      examples('stk incident open --env prod --severity high --area auth --title "tokens are refused"'),
    )
    .action(
      inContext(
        request,
        async (context, options: OpenIncidentOptions) => {
          const { openByHand } = await import('./commands/incident/incident-open.ts');
          return openByHand(context, options);
        },
        opensRepo,
      ),
    );
}

function addQuestions(incident: Command, request: ProgramRequest): void {
  incident
    .command('list')
    .description('list every incident, newest first')
    .addOption(projectOption())
    .option('--env <name>', 'only of this environment')
    .addOption(new Option('--open', 'only open incidents'))
    .addOption(remoteOption())
    .addHelpText('after', examples('stk incident list --open', 'stk incident list --env prod --json'))
    .action(
      inContext(
        request,
        async (context, options: ListIncidentsOptions) => {
          const { listIncidents } = await import('./commands/incident/incident-list.ts');
          return listIncidents(context, options);
        },
        opensRepo,
      ),
    );
  incident
    .command('show')
    .description('show one incident: its file, and what happened since')
    .argument('<name>', 'name of the incident')
    .addOption(projectOption())
    .addOption(remoteOption())
    .addHelpText('after', examples('stk incident show 2026-11-29-prod-v1.2.3'))
    .action(async function action(this: Command, name: string) {
      await inContext(
        request,
        async (context, options: { readonly remote?: string }) => {
          const { showIncident } = await import('./commands/incident/incident-show.ts');
          return showIncident(context, name, options);
        },
        opensRepo,
      ).call(this);
    });
}

function addNotes(incident: Command, request: ProgramRequest): void {
  const words = { note: 'add a note to an incident', close: 'close an incident' } as const;
  for (const word of ['note', 'close'] as const)
    addRecordOptions(
      incident
        .command(word)
        .description(words[word])
        .argument('<name>', 'name of the incident')
        .argument('[text]', 'the note, in place of --text')
        .option('--text <text>', word === 'note' ? 'the note' : 'how it ended'),
    )
      .addHelpText(
        'after',
        examples(`stk incident ${word} 2026-11-29-prod-v1.2.3 --text "the cache was full"`),
      )
      .action(async function action(this: Command, name: string, text: string | undefined) {
        await inContext(
          request,
          async (context, options: NoteOptions) => {
            const { noteIncident } = await import('./commands/incident/incident-note.ts');
            return noteIncident(context, { action: word, name, text: options.text ?? text }, options);
          },
          opensRepo,
        ).call(this);
      });
}
