// `stk evidence list --name NAME`: the newest score of an evaluation in each environment, and its distance from the
// environment that a gate compares with.
import { comparedWith, firstOfEachSet } from '../../../gates/kinds/evaluation.ts';
import { StkError } from '../../../kernel/errors.ts';
import { countingRules } from '../../../ledger/records/counting-rules.ts';
import { countingOf } from '../../../ledger/records/fold-records.ts';
import type { AuditSource } from '../../../ledger/audit/read-audit.ts';
import type { Counting } from '../../../model/pipeline/gate-facts.ts';
import type { Pipeline } from '../../../model/pipeline/pipeline.ts';
import type { EvaluationRecord } from '../../../model/pipeline/record.ts';
import { findContent } from '../../../promotion/plan-evidence.ts';
import type { CommandContext } from '../../context.ts';
import { openAudit } from '../../govern/open-audit.ts';
import { servedOrNamed } from '../../govern/served-or-named.ts';
import { formatTable } from '../../print/table.ts';
import type { LocalRepo } from '../../repo/local-repo.ts';

interface Channel {
  readonly environment: string;
  readonly release: string | null;
  /** The first record of each set, in the order of the sets. */
  readonly evaluations: readonly Counting<EvaluationRecord>[];
}

export async function listScores(
  context: CommandContext,
  { name, remote }: { readonly name: string; readonly remote: string | undefined },
): Promise<number> {
  const repo = await context.openRepo();
  const source = await openAudit(context, repo, remote);
  const against = findReference(source.pipeline, name);
  const found: Channel[] = [];
  for (const environment of source.pipeline.environments.keys())
    found.push(await readChannel(context, { repo, source, environment, name }));
  const reference = found.find(({ environment }) => environment === against);
  const channels = found.map((channel) => present(channel, reference));
  const rows = channels.map(({ environment, release, set, mean, cases, difference }) => [
    environment,
    release ?? '-',
    set ?? '-',
    mean === null ? '-' : String(mean),
    cases === null ? '-' : String(cases),
    difference === null ? '-' : `${difference < 0 ? '' : '+'}${difference.toFixed(4)}`,
  ]);
  const title = against === undefined ? 'DIFFERENCE' : `DIFFERENCE TO ${against}`;
  context.output.result(
    { project: context.project, name, against: against ?? null, channels },
    formatTable(['ENVIRONMENT', 'RELEASE', 'SET', 'MEAN', 'CASES', title], rows),
  );
  return 0;
}

/** The environment that the first gate of this evaluation compares with. */
function findReference({ environments }: Pipeline, name: string): string | undefined {
  for (const { gates } of environments.values())
    for (const { settings } of gates) if (nameOf(settings) === name) return comparedWith(settings);
  return undefined;
}

function nameOf(settings: unknown): unknown {
  const evaluation = memberOf(settings, 'evaluation');
  return memberOf(evaluation, 'name');
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}

async function readChannel(
  context: CommandContext,
  request: {
    readonly repo: LocalRepo;
    readonly source: AuditSource;
    readonly environment: string;
    readonly name: string;
  },
): Promise<Channel> {
  const { repo, source, environment, name } = request;
  const release = await findRelease(context, { repo, tip: source.revision, environment });
  const content = release === null ? null : await findContent(source, release);
  if (content === null) return { environment, release, evaluations: [] };
  const rules = countingRules(source.pipeline, source.now);
  const judged = await source.records.of(content.release, rules);
  const evaluations = firstOfEachSet(countingOf(judged, 'evaluation', content.digest), name);
  return { environment, release, evaluations };
}

/** `null` when it serves nothing, and its pointer names nothing. */
async function findRelease(
  context: CommandContext,
  place: Parameters<typeof servedOrNamed>[1],
): Promise<string | null> {
  try {
    return await servedOrNamed(context, place);
  } catch (thrown) {
    if (thrown instanceof StkError && thrown.code === 'unknown-release') return null;
    throw thrown;
  }
}

/** Uses the newest set that both were evaluated on; otherwise its own newest set, without a difference. */
function present({ environment, release, evaluations }: Channel, reference: Channel | undefined) {
  const others = new Map(reference?.evaluations.map(({ record }) => [record.set, record]));
  const isOther = reference !== undefined && reference.environment !== environment;
  const shared = isOther ? evaluations.findLast(({ record }) => others.has(record.set)) : undefined;
  const record = (shared ?? evaluations.at(-1))?.record;
  const other = shared === undefined ? undefined : others.get(shared.record.set);
  return {
    environment,
    release,
    set: record?.set ?? null,
    mean: record?.mean ?? null,
    cases: record?.cases ?? null,
    difference: record === undefined || other === undefined ? null : record.mean - other.mean,
  };
}
