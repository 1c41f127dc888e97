// The commands of `stk evidence`: observations about releases, on the records branch.
import { type Command, Option } from 'commander';
import {
  examples,
  inContext,
  projectOption,
  RequiredOption,
  type ProgramRequest,
} from './command-in-context.ts';
import type { EvidenceBackupOptions } from './commands/evidence/evidence-backup.ts';
import type { EvidenceCheckOptions } from './commands/evidence/evidence-check.ts';
import type { EvidenceEvalOptions } from './commands/evidence/evidence-eval.ts';
import type { EvidenceListOptions } from './commands/evidence/evidence-list.ts';
import type { CollectOptions } from './commands/evidence/evidence-collect.ts';
import { addRecordOptions, remoteOption } from './record-options.ts';
import { collectValue, parseNumber } from './parse-number.ts';

const opensRepo = { needsRepo: true };

export function addEvidence(program: Command, request: ProgramRequest): void {
  const evidence = program
    .command('evidence')
    .description('evidence about releases, kept on the records branch');
  addRecordOptions(
    evidence
      .command('check')
      .description('record the result of a check of a release')
      .addOption(new RequiredOption('--release <id>', 'release that was checked'))
      .addOption(new RequiredOption('--name <name>', 'name of the check, as gates use it'))
      .addOption(new RequiredOption('--status <status>', 'its result').choices(['passed', 'failed']))
      .option('--value <name=number>', 'a number that it measured; may be given again', collectValue)
      .option('--run-id <id>', 'id of the run')
      .option('--url <url>', 'page of the run')
      .option('--commit <id>', "application commit; it must be the release's"),
  )
    .addHelpText(
      'after',
      examples(
        'stk evidence check --release v1.2.3 --name unit-tests --status passed --value coverage=83.4 --run-id 12345',
      ),
    )
    .action(
      inContext(
        request,
        async (context, options: EvidenceCheckOptions) => {
          const { recordCheck } = await import('./commands/evidence/evidence-check.ts');
          return recordCheck(context, options);
        },
        opensRepo,
      ),
    );
  addRecordOptions(
    evidence
      .command('backup')
      .description('record that a backup of an environment was made')
      .addOption(new RequiredOption('--env <name>', 'environment'))
      .option('--at <time>', 'when it was made, RFC 3339 (default: now)')
      .addOption(new RequiredOption('--size <size>', 'bytes, or a size such as 512MiB'))
      .addOption(new RequiredOption('--location <text>', 'where it is, without credentials'))
      .option('--verified', 'somebody restored the backup and examined the result'),
  )
    .addHelpText(
      'after',
      examples(
        'stk evidence backup --env production --size 73400320 --location s3://backups/2026-11-30 --verified',
      ),
    )
    .action(
      inContext(
        request,
        async (context, options: EvidenceBackupOptions) => {
          const { recordBackup } = await import('./commands/evidence/evidence-backup.ts');
          return recordBackup(context, options);
        },
        opensRepo,
      ),
    );
  addRecordOptions(
    evidence
      .command('eval')
      .description('record the scores of an evaluation of a release')
      .addOption(new RequiredOption('--release <id>', 'release that was evaluated'))
      .addOption(new RequiredOption('--name <name>', 'name of the evaluation, as gates use it'))
      .addOption(new RequiredOption('--set <id>', 'the set of cases'))
      .addOption(
        new Option('--scores <file>', 'a JSON line for each case: {"case": "ID", "score": 0.9}').conflicts([
          'mean',
          'cases',
        ]),
      )
      .option('--mean <number>', 'only the mean; gates then cannot compare case by case', parseNumber)
      .option('--cases <n>', 'number of cases behind the mean', parseNumber),
  )
    .addHelpText(
      'after',
      examples(
        'stk evidence eval --release v1.2.3 --name ai-eval --set 2026-11 --scores scores.jsonl',
        'stk evidence eval --release v1.2.3 --name ai-eval --set 2026-11 --mean 0.87 --cases 400',
      ),
    )
    .action(
      inContext(
        request,
        async (context, options: EvidenceEvalOptions) => {
          const { recordEvaluation } = await import('./commands/evidence/evidence-eval.ts');
          return recordEvaluation(context, options);
        },
        opensRepo,
      ),
    );
  evidence
    .command('collect')
    .description('write the evidence about a release: promotion.log, metrics.json, approval.json, MANIFEST')
    .argument('<id>', 'release')
    .addOption(projectOption())
    .addOption(
      new RequiredOption('--out <dir>', 'folder to write to; existing files with these names are replaced'),
    )
    .option('--dry-run', 'say what would be written')
    .addOption(remoteOption())
    .addHelpText('after', examples('stk evidence collect v1.2.3 --out evidence/v1.2.3'))
    .action(async function action(this: Command, id: string) {
      await inContext(
        request,
        async (context, options: CollectOptions) => {
          const { collectEvidence } = await import('./commands/evidence/evidence-collect.ts');
          return collectEvidence(context, id, options);
        },
        opensRepo,
      ).call(this);
    });
  evidence
    .command('list')
    .description('list every record of a release, or the scores of an evaluation in each environment')
    .addOption(projectOption())
    .addOption(new Option('--release <id>', 'every record of this release').conflicts('name'))
    .option(
      '--name <name>',
      'the scores of this evaluation, and how far each is from what gates compare with',
    )
    .addOption(remoteOption())
    .addHelpText('after', examples('stk evidence list --release v1.2.3', 'stk evidence list --name ai-eval'))
    .action(
      inContext(
        request,
        async (context, options: EvidenceListOptions) => {
          const { listEvidence } = await import('./commands/evidence/evidence-list.ts');
          return listEvidence(context, options);
        },
        opensRepo,
      ),
    );
}
