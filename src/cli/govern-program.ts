// The commands of the pipeline that stand beside `stk release`: evidence, approvals, stops and the audit.
import { type Command, Option } from 'commander';
import {
  collectNames,
  examples,
  inContext,
  projectOption,
  RequiredOption,
  type ProgramRequest,
} from './command-in-context.ts';
import type { JudgeOptions } from './commands/approve.ts';
import type { AuditOptions } from './commands/audit.ts';
import type { CollectOptions } from './commands/evidence-collect.ts';
import type { EvidenceCheckOptions } from './commands/evidence-check.ts';
import type { FreezeOptions, UnfreezeOptions } from './commands/freeze.ts';
import type { ResumeOptions } from './commands/resume.ts';
import { collectValue } from './parse-number.ts';

const opensRepo = { needsRepo: true };

export function addGovernance(program: Command, request: ProgramRequest): void {
  addEvidence(program, request);
  addJudgements(program, request);
  addStops(program, request);
  addAudit(program, request);
}

function addEvidence(program: Command, request: ProgramRequest): void {
  const evidence = program
    .command('evidence')
    .description('what was observed about releases: the records branch');
  addRecordOptions(
    evidence
      .command('check')
      .description('record what a check of a release said')
      .addOption(new RequiredOption('--release <id>', 'release that was checked'))
      .addOption(new RequiredOption('--name <name>', 'name of the check, as gates ask for it'))
      .addOption(new RequiredOption('--status <status>', 'what it said').choices(['passed', 'failed']))
      .option('--value <name=number>', 'a number that it measured; may be given again', collectValue)
      .option('--run-id <id>', 'id of the run')
      .option('--url <url>', 'where the run can be seen')
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
          const { recordCheck } = await import('./commands/evidence-check.ts');
          return recordCheck(context, options);
        },
        opensRepo,
      ),
    );
  evidence
    .command('collect')
    .description('write what is known of a release: promotion.log, metrics.json, approval.json, MANIFEST')
    .argument('<id>', 'release')
    .addOption(projectOption())
    .addOption(new RequiredOption('--out <dir>', 'folder to write to; files of these names are replaced'))
    .option('--dry-run', 'say what would be written')
    .addOption(remoteOption())
    .addHelpText('after', examples('stk evidence collect v1.2.3 --out evidence/v1.2.3'))
    .action(async function action(this: Command, id: string) {
      await inContext(
        request,
        async (context, options: CollectOptions) => {
          const { collectEvidence } = await import('./commands/evidence-collect.ts');
          return collectEvidence(context, id, options);
        },
        opensRepo,
      ).call(this);
    });
  evidence
    .command('list')
    .description('every record of a release, and why it does not count where it does not')
    .addOption(projectOption())
    .addOption(new RequiredOption('--release <id>', 'release'))
    .addOption(remoteOption())
    .addHelpText('after', examples('stk evidence list --release v1.2.3'))
    .action(
      inContext(
        request,
        async (context, options: { readonly release: string; readonly remote?: string }) => {
          const { listEvidence } = await import('./commands/evidence-list.ts');
          return listEvidence(context, options);
        },
        opensRepo,
      ),
    );
}

function addAudit(program: Command, request: ProgramRequest): void {
  const audit = program
    .command('audit')
    .description('every decision about releases, the newest first, from the two branches')
    .addOption(projectOption())
    .option('--env <name>', 'only this environment')
    .option('--release <id>', 'only this release')
    .option('--since <time>', 'a day, a time with a zone, or a duration before now such as 7d')
    .addOption(
      new Option('--format <format>', 'how to print; jsonl: one entry a line, as they are read')
        .choices(['table', 'json', 'jsonl'])
        .default('table'),
    )
    .addOption(remoteOption())
    .addHelpText(
      'after',
      examples('stk audit --env production --since 7d', 'stk audit --release v1.2.3 --format jsonl'),
    )
    .action(
      inContext(
        request,
        async (context, options: AuditOptions) => {
          const { showAudit } = await import('./commands/audit.ts');
          return showAudit(context, options);
        },
        opensRepo,
      ),
    );
  audit
    .command('verify')
    .description('exit 3 if records were changed or rewritten, or something was served without admission')
    .addOption(projectOption())
    .addOption(remoteOption())
    .addHelpText('after', examples('stk audit verify'))
    .action(
      inContext(
        request,
        async (context, options: { readonly remote?: string }) => {
          const { verifyRecords } = await import('./commands/audit-verify.ts');
          return verifyRecords(context, options);
        },
        opensRepo,
      ),
    );
}

function addJudgements(program: Command, request: ProgramRequest): void {
  const add = (name: 'approve' | 'reject', description: string): void => {
    const command = program
      .command(name)
      .description(description)
      .addOption(new RequiredOption('--release <id>', 'release'))
      .addOption(new RequiredOption('--env <name>', 'environment that it wants to enter'));
    const comment = ['--comment <text>', 'one line that says why'] as const;
    command.addOption(name === 'reject' ? new RequiredOption(...comment) : new Option(...comment));
    addRecordOptions(command)
      .addHelpText(
        'after',
        examples(
          name === 'approve'
            ? 'stk approve --release v1.2.3 --env canary --comment "load test looks good"'
            : 'stk reject --release v1.2.3 --env canary --comment "checkout is slow"',
        ),
      )
      .action(
        inContext(
          request,
          async (context, options: JudgeOptions) => {
            const { judgeRelease } = await import('./commands/approve.ts');
            return judgeRelease(context, name === 'approve' ? 'approval' : 'rejection', options);
          },
          opensRepo,
        ),
      );
  };
  add('approve', 'let a release into an environment; its authors and those of the move cannot');
  add('reject', 'keep a release out of an environment until you approve it');
}

function addStops(program: Command, request: ProgramRequest): void {
  const reason = (): RequiredOption => new RequiredOption('--reason <text>', 'one line that says why');
  addCommitOptions(
    program
      .command('freeze')
      .description('let no release move forward; rollbacks go on')
      .argument('[name]', 'name of the freeze (default: ENV-DATE-N)')
      .option('--env <name>', 'only this environment; may be given again', collectNames)
      .addOption(reason())
      .option('--from <time>', 'when it begins, YYYY-MM-DD or RFC 3339 (default: at once)')
      .option('--until <time>', 'when it ends, YYYY-MM-DD (the whole day) or RFC 3339 (default: never)')
      .option('--allow-hotfix', 'hotfixes pass it'),
  )
    .addHelpText(
      'after',
      examples(
        'stk freeze --env production --reason "trade fair" --until 2026-12-06',
        'stk freeze holidays --reason "nobody is here" --allow-hotfix',
      ),
    )
    .action(async function action(this: Command, name: string | undefined) {
      await inContext(
        request,
        async (context, options: FreezeOptions) => {
          const { freeze } = await import('./commands/freeze.ts');
          return freeze(context, name, options);
        },
        opensRepo,
      ).call(this);
    });
  addCommitOptions(
    program.command('unfreeze').description('lift a freeze').argument('<name>', 'name of the freeze'),
  )
    .addHelpText('after', examples('stk unfreeze production-20261201-1', 'stk unfreeze halt'))
    .action(async function action(this: Command, name: string) {
      await inContext(
        request,
        async (context, options: UnfreezeOptions) => {
          const { unfreeze } = await import('./commands/freeze.ts');
          return unfreeze(context, name, options);
        },
        opensRepo,
      ).call(this);
    });
  addCommitOptions(
    program
      .command('halt')
      .description('freeze everything, automation included; stk unfreeze halt lifts it')
      .addOption(reason()),
  )
    .addHelpText('after', examples('stk halt --reason "data centre on fire"'))
    .action(
      inContext(
        request,
        async (context, options: FreezeOptions) => {
          const { halt } = await import('./commands/freeze.ts');
          return halt(context, options);
        },
        opensRepo,
      ),
    );
  addCommitOptions(
    program
      .command('resume')
      .description("lift an environment's hold, so that automation may move it forward again")
      .addOption(new RequiredOption('--env <name>', 'environment')),
  )
    .addHelpText('after', examples('stk resume --env production'))
    .action(
      inContext(
        request,
        async (context, options: ResumeOptions) => {
          const { resume } = await import('./commands/resume.ts');
          return resume(context, options);
        },
        opensRepo,
      ),
    );
}

/** What every command that commits one file takes. */
export function addCommitOptions(command: Command): Command {
  return command
    .addOption(projectOption())
    .option('--author <author>', 'author of the commit, as "Name <mail>" (default: git\'s identity)')
    .option('--dry-run', 'print what would be committed; write nothing');
}

export function addRecordOptions(command: Command): Command {
  return addCommitOptions(command).addOption(remoteOption());
}

function remoteOption(): Option {
  return new Option(
    '--remote <name>',
    'remote with the records branch (default: that of the upstream, then origin, then this clone)',
  );
}
