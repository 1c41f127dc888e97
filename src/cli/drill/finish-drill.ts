// The end of a drill: its document on the followed branch and its record on the records branch. Both may be there already,
// from an attempt that was interrupted; then they are left as they are.
import { StkError } from '../../kernel/errors.ts';
import { appendOf } from '../../ledger/records/write-records.ts';
import { fileEvidence, findContent, unknownRelease } from '../../promotion/plan-evidence.ts';
import type { CommandContext } from '../context.ts';
import { askHubToLook } from '../govern/ask-hub-to-look.ts';
import { readPolicy } from '../govern/read-policy.ts';
import type { LocalRepo } from '../repo/local-repo.ts';
import {
  drillFolder,
  drillTemplate,
  drillTemplatePath,
  writeDrillDocument,
  type DrillReport,
} from './drill-document.ts';

export interface FinishedDrill {
  readonly document: string;
  /** Path of the record on the records branch. */
  readonly record: string;
}

const maxDocuments = 1000;

export async function finishDrill(
  context: CommandContext,
  repo: LocalRepo,
  {
    report,
    author: given,
    remote,
  }: {
    readonly report: DrillReport;
    readonly author: string | undefined;
    readonly remote: string | undefined;
  },
): Promise<FinishedDrill> {
  const { environment, release, to, startedAt, back, result } = report;
  const tip = await repo.tip();
  const [author, pipeline] = await Promise.all([repo.identity(given), readPolicy(repo, tip)]);
  const document =
    (await findDocument(repo, tip, report.id)) ??
    (await commitDocument(context, repo, { tip, report, given }));
  const basis = {
    repo: repo.reader,
    revision: tip,
    pipeline,
    now: context.services.clock.now(),
    by: author.email,
    through: undefined,
  };
  const content = await findContent(basis, release);
  const { decideMs, serveMs, verifyMs } = back;
  const planned =
    content === null
      ? unknownRelease(release)
      : fileEvidence(basis, {
          record: 'drill',
          release,
          digest: content.digest,
          // The same drill is the same record, whoever ends it.
          at: startedAt,
          by: author.email,
          environment,
          to,
          decideMs,
          serveMs,
          verifyMs,
          result,
          document,
        });
  if (planned.kind === 'refused') throw planned.error;
  const { branch } = pipeline.records;
  await repo.appendFiles(appendOf([planned.file], { branch, author }), remote);
  await askHubToLook(context);
  return { document, record: planned.file.path };
}

/** The document of this drill, if it was committed before. */
async function findDocument(repo: LocalRepo, tip: string, id: string): Promise<string | undefined> {
  for (const name of (await namesIn(repo, tip)).toReversed()) {
    const path = `${drillFolder}/${name}`;
    if ((await repo.file(tip, path))?.startsWith(`---\ndrill: ${id}\n`) === true) return path;
  }
  return undefined;
}

async function namesIn(repo: LocalRepo, tip: string): Promise<string[]> {
  const folder = await repo.reader.entryAt(tip, drillFolder);
  if (folder?.mode !== '40000') return [];
  const names = (await repo.reader.entries(folder.id)).map(({ name }) => name);
  return names.filter((name) => /^\d{4}-.*\.md$/.test(name)).slice(-maxDocuments);
}

async function commitDocument(
  { output, hub, project }: CommandContext,
  repo: LocalRepo,
  {
    tip,
    report,
    given,
  }: { readonly tip: string; readonly report: DrillReport; readonly given: string | undefined },
): Promise<string> {
  const { environment, startedAt, id, result } = report;
  const template = (await repo.file(tip, drillTemplatePath)) ?? drillTemplate;
  const written = writeDrillDocument(template, report);
  // By this line a drill that is ended later knows its document.
  const content = written.startsWith(`---\ndrill: ${id}\n`)
    ? written
    : `---\ndrill: ${id}\n---\n\n${written}`;
  const taken = new Set(await namesIn(repo, tip));
  const stem = `${new Date(startedAt).toISOString().slice(0, 10)}-${environment}`;
  let name = `${stem}.md`;
  for (let n = 2; taken.has(name); n += 1) name = `${stem}-${n}.md`;
  const path = `${drillFolder}/${name}`;
  const hubRef = (await hub.projects()).find((one) => one.project === project)?.ref;
  const message = `drill(${environment}): ${result}\n\nStk-Action: drill\nStk-Environment: ${environment}\n`;
  const outcome = await repo.commitFile({
    path,
    content,
    expected: undefined,
    message,
    author: given,
    hubRef,
  });
  if (outcome.kind === 'lost')
    throw new StkError('conflict', `${outcome.by} wrote ${path} in the meantime`, {
      hint: `stk drill resume --env ${environment}`,
    });
  output.narrate(`committed ${outcome.revision.slice(0, 10)}: ${path}`);
  return path;
}
