// `stk release check`: asks the Hub whether a release fits an environment, or whether it would accept every pointer
// that a branch changes. Writes nothing.
import { resolve } from 'node:path';
import { meaningOf, StkError } from '../../../kernel/errors.ts';
import { isId } from '../../../kernel/ids.ts';
import { findWrongFiles } from '../../repo/changed-files.ts';
import { findPointerMoves, type ChangedPointer } from '../../repo/changed-pointers.ts';
import { formatVerdictsAsMarkdown } from '../../print/check-markdown.ts';
import { exitCodeOf, formatVerdicts, toVerdict, type CheckVerdict } from '../../hub/check-verdict.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { diffOf } from '../../govern/ask-fit.ts';
import { isGoverned } from '../../govern/ask-gates.ts';
import type { LocalRepo } from '../../repo/local-repo.ts';
import type { CheckSubject } from '../../hub/hub-client.ts';
import { readTextFile } from '../../repo/read-text-file.ts';

export interface CheckOptions {
  readonly env?: string;
  readonly releaseId?: string;
  readonly file?: string;
  readonly base?: string;
  readonly head: string;
  readonly format: 'text' | 'markdown' | 'json';
}

const maxDocumentBytes = 4 * 1024 * 1024;

export async function checkReleases(context: CommandContext, options: CheckOptions): Promise<number> {
  const { output } = context;
  const verdicts = await judge(context, options);
  const value = { verdicts, refused: verdicts.filter(({ verdict }) => verdict === 'refused').length };
  const text =
    options.format === 'markdown'
      ? formatVerdictsAsMarkdown(verdicts)
      : formatVerdicts(verdicts, output.onStdout);
  output.result(value, text);
  return exitCodeOf(verdicts, options.base !== undefined);
}

async function judge(context: CommandContext, options: CheckOptions): Promise<readonly CheckVerdict[]> {
  const { env, releaseId, file, base } = options;
  if ([releaseId, file, base].filter((given) => given !== undefined).length !== 1) {
    throw usage('name what to check: --release-id ID, --file PATH or --base REF');
  }
  if (base !== undefined) return judgeBranch(context, { base, head: options.head, env });
  if (env === undefined) throw usage('name the environment to check: --env NAME');
  requireEnvironment(context.identity, env);
  const release = releaseId ?? file ?? '';
  const subject = file === undefined ? { release } : { document: await readDocument(context, file) };
  return [await ask(context, { environment: env, from: null, release, subject })];
}

async function judgeBranch(
  context: CommandContext,
  { base, head, env }: { base: string; head: string; env: string | undefined },
): Promise<readonly CheckVerdict[]> {
  const repo = await context.openRepo();
  const to = await repo.resolve(head);
  const from = await repo.mergeBase(await repo.resolve(base), to);
  const pointers = await findPointerMoves(repo, from, to);
  const moves = [...pointers, ...(await findWrongFiles(repo, { base: from, head: to }, pointers))];
  const wanted = moves.filter(
    ({ environment }) => env === undefined || environment === env || environment === '*',
  );
  context.output.narrate(
    `${from.slice(0, 10)}..${to.slice(0, 10)}: ${wanted.length} ${wanted.length === 1 ? 'change' : 'changes'} to check`,
  );
  const verdicts: CheckVerdict[] = [];
  for (const move of wanted) {
    const verdict = await judgeMove(context, move);
    verdicts.push(
      move.kind === 'names' ? await describeChange(context, { repo, head: to, verdict }) : verdict,
    );
  }
  return verdicts;
}

async function judgeMove(context: CommandContext, move: ChangedPointer): Promise<CheckVerdict> {
  const { environment, from } = move;
  if (move.kind !== 'names') return toVerdict({ environment, from, release: move.release }, move.error);
  const { release, document, isNew } = move;
  const byDocument: CheckSubject = { document };
  const first: CheckSubject = isNew || !isId(release) ? byDocument : { release };
  const verdict = await ask(context, { environment, from, release, subject: first }, true);
  // The Hub may be behind the base of the branch.
  return verdict.code === 'unknown-release' && !isNew
    ? ask(context, { environment, from, release, subject: byDocument }, true)
    : verdict;
}

/** With the changes of the move, and the Hub's answer about the gates. */
async function describeChange(
  { hub, project }: CommandContext,
  {
    repo,
    head,
    verdict,
  }: { readonly repo: LocalRepo; readonly head: string; readonly verdict: CheckVerdict },
): Promise<CheckVerdict> {
  const { environment, from, release } = verdict;
  if (release === null) return verdict;
  const diff = await diffOf(repo, head, { from: from ?? undefined, to: release });
  if (verdict.gates.length > 0 || verdict.verdict === 'unknown' || !(await isGoverned(repo, head)))
    return { ...verdict, diff };
  try {
    const { gates } = await hub.gates(project, environment, { release });
    return { ...verdict, diff, gates };
  } catch (error) {
    // The Hub does not know a release yet that only the branch has.
    const isUnknown = error instanceof StkError && meaningOf(error.code).exit === 4;
    if (isUnknown) return { ...verdict, diff };
    throw error;
  }
}

interface Question {
  readonly environment: string;
  readonly from: string | null;
  readonly release: string;
  readonly subject: CheckSubject;
}

async function ask(
  { hub, project }: CommandContext,
  question: Question,
  isBranch = false,
): Promise<CheckVerdict> {
  try {
    const answer = await hub.check(project, question.environment, question.subject);
    if (isBranch && answer.release !== '' && answer.release !== question.release)
      return toVerdict(question, otherId(question.release, answer.release));
    return toVerdict({ ...question, release: answer.release || question.release }, answer);
  } catch (error) {
    // When environments have separate Hubs, an unreachable one hides no other verdict.
    const isAway =
      error instanceof StkError &&
      error.code === 'hub-unavailable' &&
      hub.of(question.environment).address.url === hub.address.url;
    if (!(error instanceof StkError) || isAway) throw error;
    return toVerdict(question, error);
  }
}

function otherId(file: string, inside: string): StkError {
  return new StkError(
    'release-invalid',
    `releases/${file}.yaml says release: ${JSON.stringify(inside)}, but its name says ${file}`,
    { hint: 'Give the file the name of its release, or the release the name of its file.' },
  );
}

function readDocument({ services }: CommandContext, file: string): Promise<string> {
  return readTextFile({
    path: resolve(services.workingDirectory, file),
    maxBytes: maxDocumentBytes,
    hint: 'Name a release document with --file.',
  });
}

function usage(message: string): StkError {
  return new StkError('usage', message, { hint: 'stk release check --help shows the three ways.' });
}
