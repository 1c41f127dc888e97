// `stk lint`: checks everything in a config repo that needs neither a Hub nor a database. Writes nothing.
import { createHash } from 'node:crypto';
import { relative, resolve } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import { type DocumentProblem, formatProblems } from '../../model/problem.ts';
import type { CommandContext } from '../context.ts';
import { judgeNamed } from '../repo/changed-files.ts';
import { byPlace, lintDocuments, problemOf } from '../repo/lint-documents.ts';
import {
  documentFolders,
  type LintedText,
  type LintSource,
  readCommit,
  readWorkTree,
} from '../repo/lint-source.ts';
import type { LocalRepo } from '../repo/local-repo.ts';

export interface LintOptions {
  readonly base?: string;
}

const refused = 3;

export async function lintRepo(
  context: CommandContext,
  files: readonly string[],
  { base }: LintOptions,
): Promise<number> {
  if (base !== undefined && files.length > 0)
    throw new StkError('usage', 'name files or --base REF, not both', {
      hint: '--base REF checks every file that changed since REF.',
    });
  const found = base === undefined ? await lintWorkTree(context, files) : await lintBranch(context, base);
  const problems = [...found.problems].sort(byPlace);
  const text =
    problems.length === 0 ? `${counted(found.files, 'file')}: no problem` : formatProblems(problems);
  const { warnings } = found;
  context.output.result(
    { problems, ...(warnings.length === 0 ? {} : { warnings }), files: found.files },
    text,
  );
  if (warnings.length > 0)
    context.output.narrate(`${context.output.onStderr('yellow', 'warning:')} ${formatProblems(warnings)}`);
  if (problems.length > 0)
    context.output.narrate(`${counted(problems.length, 'problem')} in ${counted(found.files, 'file')}`);
  return problems.length === 0 ? 0 : refused;
}

interface Found {
  readonly problems: readonly DocumentProblem[];
  readonly warnings: readonly DocumentProblem[];
  readonly files: number;
}

async function lintWorkTree(context: CommandContext, files: readonly string[]): Promise<Found> {
  const source = readWorkTree(context.root);
  const paths = await Promise.all(files.map((file) => pathInRepo(context, source, file)));
  const wanted = files.length === 0 ? () => true : (path: string): boolean => paths.includes(path);
  const repo = await context.openRepo();
  const now = context.services.clock.now();
  const scope = { isWanted: wanted, followed: repo.reader.ref, now };
  const linted = await lintDocuments(source, context.services.lintRelease, scope);
  const head = await repo.resolve('HEAD').catch((error: unknown) => {
    // Before the first commit there is no history.
    if (error instanceof StkError && error.code === 'git-ref') return undefined;
    throw error;
  });
  if (head === undefined) return linted;
  if (await repo.isShallow()) {
    context.output.narrate(
      'this clone is shallow, so lint did not check whether a release changed after a pointer named it',
    );
    return linted;
  }
  const named = await lintHistory(repo, { history: head, source, isWanted: wanted });
  return { ...linted, problems: [...linted.problems, ...named] };
}

async function lintBranch({ openRepo, services, output }: CommandContext, base: string): Promise<Found> {
  const repo = await openRepo();
  const head = await repo.resolve('HEAD');
  const history = await repo.mergeBase(await repo.resolve(base), head);
  const changed = await changedPaths(repo, history, head);
  output.narrate(`${history.slice(0, 10)}..${head.slice(0, 10)}: ${counted(changed.size, 'changed file')}`);
  const source = readCommit(repo, head);
  // An unchanged pointer may name a release that is removed.
  const isWanted = (path: string): boolean =>
    changed.has(path) || (path.startsWith('environments/') && changed.size > 0);
  // A pull request's branch is not the followed branch.
  const scope = { isWanted, followed: undefined, now: services.clock.now() };
  const linted = await lintDocuments(source, services.lintRelease, scope);
  const named = await lintHistory(repo, { history, source, isWanted: (path) => changed.has(path) });
  return { ...linted, problems: [...linted.problems, ...named] };
}

async function changedPaths(repo: LocalRepo, base: string, head: string): Promise<ReadonlySet<string>> {
  const [before, after] = [await documentIds(repo, base), await documentIds(repo, head)];
  const paths = [...before.keys(), ...after.keys()];
  return new Set(paths.filter((path) => before.get(path) !== after.get(path)));
}

/** Path → mode and id of each file that stk reads. */
async function documentIds(repo: LocalRepo, revision: string): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  const project = await repo.reader.entryAt(revision, 'stk.yaml');
  if (project !== undefined) ids.set('stk.yaml', `${project.mode} ${project.id}`);
  for (const folder of documentFolders) {
    const entry = await repo.reader.entryAt(revision, folder);
    if (entry?.mode !== '40000') continue;
    for (const { name, mode, id } of await repo.reader.entries(entry.id))
      ids.set(`${folder}/${name}`, `${mode} ${id}`);
  }
  return ids;
}

/** A release must never change after a pointer has named it. */
async function lintHistory(
  repo: LocalRepo,
  {
    history,
    source,
    isWanted,
  }: {
    readonly history: string;
    readonly source: LintSource;
    readonly isWanted: (path: string) => boolean;
  },
): Promise<readonly DocumentProblem[]> {
  const problems: DocumentProblem[] = [];
  for (const release of (await repo.documents(history, 'releases')).keys()) {
    const file = `releases/${release}.yaml`;
    if (!isWanted(file)) continue;
    const blob = blobOf(await source.read(file), history.length);
    const [wrong] = await judgeNamed(repo, { release, base: history, blob });
    if (wrong?.error === undefined) continue;
    const { message, hint } = wrong.error;
    problems.push(problemOf(file, hint === undefined ? message : `${message}. ${hint}`));
  }
  return problems;
}

/** The id that git gives a file, with the length of a commit id. */
function blobOf(read: LintedText | undefined, idLength: number): string | undefined {
  if (read === undefined || 'unreadable' in read) return undefined;
  const bytes = Buffer.from(read.text, 'utf8');
  const hash = createHash(idLength === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** Throws `usage` when the repo has no such file. */
async function pathInRepo(
  { root, services }: CommandContext,
  source: LintSource,
  file: string,
): Promise<string> {
  const path = relative(root, resolve(services.workingDirectory, file)).replaceAll('\\', '/');
  if (path.startsWith('../') || (await source.read(path)) === undefined)
    throw new StkError('usage', `${root} has no file ${file}`, {
      hint: 'Name files of the config repo. Without names, stk lint checks all of them.',
    });
  return path;
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
