// `stk canary replay`: computes a canary's verdicts again on this machine, from the counts that its Hub kept. With
// another stk.yaml it shows what those settings would have decided.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { analysisPolicyOf } from '../../../analysis/analysis-policy.ts';
import type { LookReport } from '../../../analysis/look.ts';
import type { AnalysisPolicy } from '../../../analysis/policy.ts';
import { readCanaryLog, replayCanary, type LoggedCanary } from '../../../analysis/replay-canary.ts';
import { parseProject } from '../../../documents/project/parse-project.ts';
import { gateKinds } from '../../../gates/gate-kinds.ts';
import { asStkError, StkError } from '../../../kernel/errors.ts';
import { formatProblems } from '../../../model/problem.ts';
import type { CommandContext } from '../../context.ts';
import { plainLine } from '../../print/plain-text.ts';
import { formatTable } from '../../print/table.ts';
import { findStateDirectory } from '../../repo/find-embedded.ts';

export interface CanaryReplayOptions {
  readonly policy?: string;
  readonly state?: string;
}

/** Exit code 3: the same settings gave another verdict. */
export async function replay(
  context: CommandContext,
  id: string,
  options: CanaryReplayOptions,
): Promise<number> {
  const { output, services } = context;
  const { start, looks } = await readLog(context, id, options);
  const file = options.policy;
  const policy =
    file === undefined
      ? start.policy
      : await readOther(resolve(services.workingDirectory, file), start.canary);
  const { reports, differsAt } = replayCanary({ start, looks }, policy);
  const isEqual = differsAt === undefined;
  const { environment, content, stable } = start.canary;
  const value = {
    id,
    environment,
    release: content.release,
    stable: stable.release,
    looks: reports.length,
    policy: file ?? null,
    equal: isEqual,
    differsAt: differsAt ?? null,
    changes: changesIn(reports).map(({ report, look }) => ({ look, ...report })),
  };
  const said = isEqual ? 'every verdict is the same as before' : `look ${differsAt} has another verdict`;
  const under = file === undefined ? '' : ` under ${file}`;
  output.result(
    value,
    `${plainLine(`${id}: ${reports.length} looks${under}, ${said}`)}\n\n${formatChanges(reports)}`,
  );
  return isEqual || file !== undefined ? 0 : 3;
}

async function readLog(context: CommandContext, id: string, { state }: CanaryReplayOptions) {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) throw unknownLog(id, 'not the name of a canary');
  const [env = ''] = context.identity.of.keys();
  const directory = await findStateDirectory(context, { env, ...(state === undefined ? {} : { state }) });
  const path = join(directory, 'canaries', `${id}.jsonl`);
  const text = await readFile(path, 'utf8').catch(() => {
    throw unknownLog(id, `not in ${join(directory, 'canaries')}`);
  });
  try {
    return readCanaryLog(text);
  } catch (thrown) {
    throw new StkError('internal', `${path} cannot be read: ${asStkError(thrown).message}`);
  }
}

function unknownLog(id: string, why: string): StkError {
  return new StkError('unknown-release', `there is no log of a canary ${JSON.stringify(id)}: it is ${why}`, {
    hint: 'stk canary status --json prints the id. If the Hub keeps its state elsewhere on this machine, use --state DIR.',
  });
}

async function readOther(path: string, { environment }: LoggedCanary): Promise<AnalysisPolicy> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new StkError('usage', `${path} cannot be read: ${String(error)}`);
  });
  const parsed = parseProject(text, { file: path, gateKinds });
  if (!parsed.ok) throw new StkError('project-invalid', formatProblems(parsed.problems));
  const canary = parsed.value.pipeline.environments.get(environment)?.canary;
  const policy = canary && analysisPolicyOf(canary);
  if (policy !== undefined) return policy;
  throw new StkError('usage', `${path} sets no analysis of ${environment}`, {
    hint: 'Copy stk.yaml, change the settings under analysis, and name the copy.',
  });
}

/** The first look, and every look that changed the state or the verdict. */
function changesIn(reports: readonly LookReport[]): { readonly look: number; readonly report: LookReport }[] {
  return reports.flatMap((report, at) => {
    const before = reports[at - 1];
    const isSame = before?.state === report.state && before.verdict === report.verdict;
    return isSame ? [] : [{ look: at + 1, report }];
  });
}

function formatChanges(reports: readonly LookReport[]): string {
  const rows = changesIn(reports).map(({ look, report }) => [
    String(look),
    new Date(report.at).toISOString(),
    report.state,
    report.verdict,
    report.sentence,
  ]);
  return formatTable(['LOOK', 'AT', 'STATE', 'VERDICT', 'WHY'], rows);
}
