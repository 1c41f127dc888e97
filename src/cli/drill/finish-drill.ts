// The end of a drill: its document on the followed branch, where people edit it, then one commit on the records branch with
// the record and the document as it was written. What an interrupted attempt left there stays as it is.
import { StkError } from '../../kernel/errors.ts';
import { appendOf } from '../../ledger/records/write-records.ts';
import { fileEvidence, findContent, unknownRelease } from '../../promotion/plan-evidence.ts';
import type { CommandContext } from '../context.ts';
import { askHubToLook } from '../govern/ask-hub-to-look.ts';
import { evidenceOf } from '../govern/open-evidence.ts';
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
  const { tip, author, basis, branch } = await evidenceOf(context, repo, given);
  const recordsTip = await repo.branchTip(`refs/heads/${branch}`, remote);
  const document =
    (await findDocument(repo, tip, report.id)) ??
    (await commitDocument(context, repo, { tip, recordsTip, report, given }));
  const content = await findContent(basis, release);
  const { decideMs, serveMs, verifyMs } = back;
  const planned =
    content === null
      ? unknownRelease(release)
      : fileEvidence(basis, {
          record: 'drill',
          release,
          digest: content.digest,
          // The same drill has the same record, whoever ends it.
          at: startedAt,
          by: author.email,
          environment,
          to,
          decideMs,
          serveMs,
          verifyMs,
          result,
          document: document.path,
        });
  if (planned.kind === 'refused') throw planned.error;
  const isThere = recordsTip !== null && (await repo.reader.entryAt(recordsTip, document.path)) !== undefined;
  await repo.appendFiles(
    appendOf([planned.file], { branch, author }, { beside: isThere ? [] : [document] }),
    remote,
  );
  await askHubToLook(context);
  return { document: document.path, record: planned.file.path };
}

interface DrillDocument {
  readonly path: string;
  readonly text: string;
}

/** The document of this drill, if it was committed already. */
async function findDocument(repo: LocalRepo, tip: string, id: string): Promise<DrillDocument | undefined> {
  for (const name of (await namesIn(repo, tip)).toReversed()) {
    const path = `${drillFolder}/${name}`;
    const text = await repo.file(tip, path);
    if (text?.startsWith(`---\ndrill: ${id}\n`) === true) return { path, text };
  }
  return undefined;
}

async function namesIn(repo: LocalRepo, tip: string | null): Promise<string[]> {
  if (tip === null) return [];
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
    recordsTip,
    report,
    given,
  }: {
    readonly tip: string;
    readonly recordsTip: string | null;
    readonly report: DrillReport;
    readonly given: string | undefined;
  },
): Promise<DrillDocument> {
  const { environment, startedAt, id, result } = report;
  const template = (await repo.file(tip, drillTemplatePath)) ?? drillTemplate;
  const written = writeDrillDocument(template, report);
  // A drill that is ended later recognises its document by this line.
  const content = written.startsWith(`---\ndrill: ${id}\n`)
    ? written
    : `---\ndrill: ${id}\n---\n\n${written}`;
  // A document that people removed keeps its name on the records branch.
  const taken = new Set([...(await namesIn(repo, tip)), ...(await namesIn(repo, recordsTip))]);
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
  return { path, text: content };
}
