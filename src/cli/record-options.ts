// Options of the commands that commit a file or write a record.
import { type Command, Option } from 'commander';
import { projectOption } from './command-in-context.ts';

/** Options of every command that commits one file. */
export function addCommitOptions(command: Command): Command {
  return command
    .addOption(projectOption())
    .option('--author <author>', 'author of the commit, as "Name <mail>" (default: git\'s identity)')
    .option('--dry-run', 'print what would be committed; write nothing');
}

export function addRecordOptions(command: Command): Command {
  return addCommitOptions(command).addOption(remoteOption());
}

export function remoteOption(): Option {
  return new Option(
    '--remote <name>',
    'remote with the records branch (default: that of the upstream, then origin, then this clone)',
  );
}
