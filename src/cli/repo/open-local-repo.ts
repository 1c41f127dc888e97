// The operator's clone, built on src/git: the reader of objects and history for its content, the working copy for its
// upstream and the commits.
import type { ConfigRepo, TreeEntry } from '../../git/config-repo.ts';
import { gitEnvironment } from '../../git/process/git-environment.ts';
import { StkError } from '../../kernel/errors.ts';
import { shallowError } from '../../git/process/git-failure.ts';
import { createRefReader } from '../../git/refs/read-ref.ts';
import { runGit } from '../../git/process/run-git.ts';
import { openWorkingCopy } from '../../git/clone/working-copy.ts';
import { filesAt } from '../../promotion/files-at.ts';
import type { LocalRepo } from './local-repo.ts';
import type { CliServices } from '../services.ts';

/** The most bytes of a file that is read from a commit. */
const maxFileBytes = 16 * 1024 * 1024;

/** Milliseconds of silence from git until people are told what it waits for. */
const tellAfter = 3_000;

/** `tell`: one progress line for the user. */
export async function openLocalRepo(
  root: string,
  services: CliServices,
  tell: (line: string) => void,
): Promise<LocalRepo> {
  const { variables } = services.environment;
  const { interrupted: signal, clock } = services;
  // git inspects the clone while the rest is loaded.
  const [copy, { GitConfigRepo }, { readPointerRelease }, { formatPointer, pointerPath }] = await Promise.all(
    [
      openWorkingCopy(root, variables),
      import('../../git/git-config-repo.ts'),
      import('../../documents/edit-pointer.ts'),
      import('../../promotion/pointer-file.ts'),
    ],
  );
  const environment = gitEnvironment(variables);
  const reader: ConfigRepo = new GitConfigRepo({
    location: root,
    gitDirectory: copy.gitDirectory,
    commonDirectory: copy.commonDirectory,
    workTree: copy.root,
    ref: copy.branch ?? 'HEAD',
    readRef: createRefReader(copy.commonDirectory),
    mirror: undefined,
    environment,
    clock,
    readPointer: readPointerRelease,
  });
  let fetched: Promise<string> | undefined;
  const tellIfSlow = async <T>(work: Promise<T>, line: string): Promise<T> => {
    const ended = new AbortController();
    const told = clock.sleep(tellAfter, ended.signal).then(() => {
      if (!ended.signal.aborted) tell(line);
    });
    try {
      return await work;
    } finally {
      ended.abort();
      await told;
    }
  };
  const remote = copy.upstream?.remote;
  const tip = (): Promise<string> =>
    (fetched ??=
      remote === undefined
        ? copy.tip(signal)
        : tellIfSlow(copy.tip(signal), `waiting for ${remote} (git fetch) …`));
  const pointerAt = async (revision: string, name: string): Promise<TreeEntry | undefined> => {
    const { environments } = await reader.tree(revision);
    return environments === undefined ? undefined : reader.entry(environments.id, `${name}.yaml`);
  };
  return {
    reader,
    tip,
    resolve: (reference) => copy.resolve(reference),
    file: (revision, path) => reader.fileText(revision, path, maxFileBytes),
    async documents(revision, folder) {
      const tree = (await reader.tree(revision))[folder];
      const entries = tree === undefined ? [] : await reader.entries(tree.id);
      const files = entries.filter(({ name, mode }) => name.endsWith('.yaml') && mode.startsWith('100'));
      return new Map(files.map(({ name, id }) => [name.slice(0, -'.yaml'.length), id]));
    },
    async changes(revision, name) {
      const { loadChanges } = await import('../../promotion/load-changes.ts');
      return loadChanges(reader, { revision, environment: name });
    },
    async namedBeside(revision, name, release) {
      const { findNamedBeside } = await import('../../promotion/named-beside.ts');
      return findNamedBeside(reader, { revision, environment: name, release });
    },
    releaseCommits: (revision) => reader.releaseCommits(revision),
    releaseIdentity: (revision, release) => reader.releaseIdentity(revision, release),
    isShallow: () => copy.isShallow(),
    async mergeBase(a, b) {
      const base = await copy.mergeBase(a, b);
      if (base !== undefined) return base;
      if (await copy.isShallow()) throw shallowError(root, 'what a branch changes');
      throw new StkError('git-ref', `${a.slice(0, 10)} and ${b.slice(0, 10)} have no commit in common.`, {
        hint: 'Name the branch that this one will be merged into with --base.',
      });
    },
    async has(revision) {
      if (!isRevision(revision)) return false;
      const args = ['cat-file', '-e', `${revision}^{commit}`];
      return (await runGit({ directory: root, environment, args, signal })).exitCode === 0;
    },
    async isAncestor(ancestor, descendant) {
      if (!isRevision(ancestor) || !isRevision(descendant)) return undefined;
      const args = ['merge-base', '--is-ancestor', ancestor, descendant];
      const { exitCode } = await runGit({ directory: root, environment, args, signal });
      return exitCode === 0 ? true : exitCode === 1 ? false : undefined;
    },
    prepareCommit: (name) => copy.prepareCommit(pointerPath(name)),
    requireBranch: (hubRef) => copy.requireBranch(hubRef),
    async commitPointer({ environment: name, to, keys, beside, message, author, hubRef }) {
      const path = pointerPath(name);
      const revision = await tip();
      const pointer = await pointerAt(revision, name);
      const also = await beside?.(filesAt(reader, revision));
      const committing = copy.commitPointer({
        path,
        content: formatPointer(await reader.fileText(revision, path, maxFileBytes), to, keys),
        ...(also === undefined ? {} : { also }),
        message,
        expectedPointerBlob: pointer?.id,
        author,
        clock,
        signal,
        ...(hubRef === undefined ? {} : { hubRef }),
      });
      const what = remote === undefined ? 'git commit and its hooks' : `${remote} (git fetch, commit, push)`;
      const outcome = await tellIfSlow(committing, `waiting for ${what} …`);
      if (outcome.kind === 'committed') return outcome;
      const { kind, by, revision: movedIn, blob } = outcome;
      const text = blob === undefined ? undefined : await reader.text(blob, maxFileBytes);
      const release = text === undefined ? undefined : readPointerRelease(text);
      return { kind, by, revision: movedIn, release };
    },
    async proposePointer({ environment: name, to, keys, beside, message, author, branch }) {
      const revision = await tip();
      const path = pointerPath(name);
      const content = formatPointer(await reader.fileText(revision, path, maxFileBytes), to, keys);
      const files = new Map([[path, content], ...((await beside?.(filesAt(reader, revision))) ?? [])]);
      const who = await copy.identity(author);
      const isSame = async (there: string): Promise<boolean> => {
        const base = await copy.mergeBase(there, revision);
        // `undefined` when there is no common commit. The commit itself: it was merged, and the branch remained.
        if (base === undefined || base === there) return false;
        const [was, is] = await Promise.all([pointerAt(base, name), pointerAt(revision, name)]);
        const text = await reader.fileText(there, path, maxFileBytes);
        return was?.id === is?.id && text !== undefined && readPointerRelease(text) === to;
      };
      const request = { branch, tip: revision, files, message, author: who, signal, isSame };
      const into = copy.upstream?.remoteRef ?? copy.branch ?? 'HEAD';
      return { ...(await copy.propose(request)), into: into.replace('refs/heads/', '') };
    },
    async commitRelease({ release, document, message, author }) {
      const outcome = await copy.commitPointer({
        path: `releases/${release}.yaml`,
        content: document,
        message,
        expectedPointerBlob: undefined,
        author,
        clock,
        signal,
      });
      return outcome.kind === 'committed' ? outcome : { ...outcome, release: undefined };
    },
    async commitFile({ path, content, expected, message, author, hubRef }) {
      const outcome = await copy.commitPointer({
        path,
        content,
        message,
        expectedPointerBlob: expected,
        author,
        clock,
        signal,
        ...(hubRef === undefined ? {} : { hubRef }),
      });
      return outcome.kind === 'committed' ? outcome : { ...outcome, release: undefined };
    },
    signsCommits: () => copy.signsCommits(),
    identity: (author) => copy.identity(author),
    appendFiles: (append, remote) => copy.appendFiles({ ...append, signal }, { to: remote, clock }),
    branchTip: (ref, remote) => copy.branchTip(ref, { to: remote, signal }),
    findTag: (name) => copy.findTag(name),
    tag: (tag) => copy.tag({ ...tag, signal }),
    close: () => reader.close(),
  };
}

/** A revision that a Hub reports may not be one. */
function isRevision(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}
