// The pipeline's commands outside `stk release`: evidence, approvals, stops and the audit.
import { type Command, Option } from 'commander';
import {
  collectNames,
  examples,
  inContext,
  projectOption,
  RequiredOption,
  type ProgramRequest,
} from './command-in-context.ts';
import { addEvidence } from './evidence-program.ts';
import { addCommitOptions, addRecordOptions, remoteOption } from './record-options.ts';
import type { JudgeOptions } from './commands/approve.ts';
import type { AuditOptions } from './commands/audit.ts';
import type { FreezeOptions, UnfreezeOptions } from './commands/freeze.ts';
import type { ResumeOptions } from './commands/resume.ts';

const opensRepo = { needsRepo: true };

export function addGovernance(program: Command, request: ProgramRequest): void {
  addEvidence(program, request);
  addJudgements(program, request);
  addStops(program, request);
  addAudit(program, request);
}

function addAudit(program: Command, request: ProgramRequest): void {
  const audit = program
    .command('audit')
    .description('list every decision about releases, newest first')
    .addOption(projectOption())
    .option('--env <name>', 'only this environment')
    .option('--release <id>', 'only this release')
    .option('--since <time>', 'a day, a time with a zone, or a duration before now such as 7d')
    .addOption(
      new Option('--format <format>', 'how to print; jsonl prints one entry a line while reading')
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
    .description(
      'verify the audit: exit 3 if records were changed, or a release was served without admission',
    )
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
      .addOption(new RequiredOption('--env <name>', 'environment that the release should enter'));
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
  add('approve', 'approve a release for an environment; authors of the release or the move cannot');
  add('reject', 'reject a release for an environment, until you approve it');
}

function addStops(program: Command, request: ProgramRequest): void {
  const reason = (): RequiredOption => new RequiredOption('--reason <text>', 'one line that says why');
  addCommitOptions(
    program
      .command('freeze')
      .description('stop all forward moves; rollbacks still work')
      .argument('[name]', 'name of the freeze (default: ENV-DATE-N)')
      .option('--env <name>', 'only this environment; may be given again', collectNames)
      .addOption(reason())
      .option('--from <time>', 'when it begins, YYYY-MM-DD or RFC 3339 (default: at once)')
      .option('--until <time>', 'when it ends, YYYY-MM-DD (the whole day) or RFC 3339 (default: never)')
      .option('--allow-hotfix', 'let hotfixes pass'),
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
      .description('freeze every environment, also for automation; stk unfreeze halt lifts it')
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
