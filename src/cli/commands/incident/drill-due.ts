// `stk drill due`: served releases without a rehearsed rollback, and interrupted drills.
import type { AuditSource } from '../../../ledger/audit/read-audit.ts';
import { countingRules } from '../../../ledger/records/counting-rules.ts';
import { environmentsBefore, wasDrilled } from '../../../ledger/records/drilled.ts';
import { findContent } from '../../../promotion/plan-evidence.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { readUnder, type Under } from '../../drill/under-way.ts';
import { openAudit } from '../../govern/open-audit.ts';
import { formatTable } from '../../print/table.ts';
import { releaseOf } from '../release/release-promote.ts';

export interface DrillDueOptions {
  readonly env?: string;
  readonly remote?: string;
  readonly exitCode?: boolean;
}

interface Due {
  readonly environment: string;
  readonly release: string;
  /** Id of an interrupted drill. */
  readonly drill?: string;
}

/** Exit code 3 with --exit-code when a drill is due. */
export async function showDue(context: CommandContext, options: DrillDueOptions): Promise<number> {
  const { output, project } = context;
  if (options.env !== undefined) requireEnvironment(context.identity, options.env);
  const repo = await context.openRepo();
  const source = await openAudit(context, repo, options.remote);
  const before = environmentsBefore(source.pipeline);
  const all = before.length === 0 ? [...source.pipeline.environments.keys()] : before;
  const asked = options.env === undefined ? all : [options.env];
  const rules = countingRules(source.pipeline, source.now);
  const due: Due[] = [];
  for (const environment of asked) {
    const under = await readUnder(repo, source.revision, environment);
    if (under !== undefined && !(await isRecorded(source, under))) {
      const { drill, from, to } = under;
      due.push({ environment, release: drill.phase === 'back' ? from : to, drill: drill.id });
      continue;
    }
    const release = await releaseOf(repo, source.revision, environment);
    const content = release === undefined ? null : await findContent(source, release);
    if (release === undefined || content === null) continue;
    const judged = await source.records.of(release, rules);
    const { digest } = content;
    if (!wasDrilled(judged, { environment, digest })) due.push({ environment, release });
  }
  const rows = due.map(({ environment, release, drill }) => [
    environment,
    release,
    `stk drill ${drill === undefined ? 'run' : 'resume'} --env ${environment}`,
  ]);
  output.result(
    { project, due },
    due.length === 0 ? 'no drill is due' : formatTable(['ENVIRONMENT', 'RELEASE', 'COMMAND'], rows),
  );
  return options.exitCode === true && due.length > 0 ? 3 : 0;
}

/** Whether the record of a drill that went forward exists; it is written last. */
async function isRecorded(source: AuditSource, { drill, environment, to }: Under): Promise<boolean> {
  if (drill.phase === 'back') return false;
  const judged = await source.records.of(to, countingRules(source.pipeline, source.now));
  return judged.some(
    ({ record }) =>
      record?.record === 'drill' && record.environment === environment && record.at === drill.startedAt,
  );
}
