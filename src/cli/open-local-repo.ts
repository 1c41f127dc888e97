// The operator's clone, built on src/git: the working copy for files and the pointer commit, the config repo's reader
// for history. Loads the heavier reader only when a command needs it.
import type { ConfigRepo } from '../git/config-repo.ts';
import { gitEnvironment } from '../git/git-environment.ts';
import { runGit, type GitOutput } from '../git/run-git.ts';
import { openWorkingCopy } from '../git/working-copy.ts';
import { readPointerRelease } from '../model/edit-pointer.ts';
import { formatPointer, pointerPath } from '../promotion/pointer-file.ts';
import type { LocalRepo } from './local-repo.ts';
import type { CliServices } from './services.ts';

export async function openLocalRepo(root: string, services: CliServices): Promise<LocalRepo> {
  const { variables } = services.environment;
  const copy = await openWorkingCopy(root, variables);
  const git = (...args: readonly string[]): Promise<GitOutput> =>
    runGit({ directory: root, environment: gitEnvironment(variables), args, signal: services.interrupted });
  let fetched: Promise<string> | undefined;
  const tip = (): Promise<string> => (fetched ??= copy.tip(services.interrupted));
  let history: Promise<ConfigRepo> | undefined;
  const openHistory = (): Promise<ConfigRepo> =>
    (history ??= import('../git/open-config-repo.ts').then(({ openConfigRepo }) =>
      openConfigRepo({
        location: root,
        ref: copy.branch,
        stateDirectory: root,
        environment: variables,
        clock: services.clock,
        readPointer: readPointerRelease,
      }),
    ));
  const documents: LocalRepo['documents'] = async (revision, folder) =>
    new Map(
      (await copy.listAt(revision, folder))
        .filter(({ name, mode }) => name.endsWith('.yaml') && mode.startsWith('100'))
        .map(({ name, id }) => [name.slice(0, -'.yaml'.length), id]),
    );
  return {
    root,
    tip,
    resolve: (reference) => copy.resolve(reference),
    file: (revision, path) => copy.readAt(revision, path),
    documents,
    async changes(revision, environment) {
      const { loadChanges } = await import('../promotion/load-changes.ts');
      return loadChanges(await openHistory(), { revision, environment });
    },
    releaseCommits: async (revision) => (await openHistory()).releaseCommits(revision),
    mergeBase: async (a, b) => (await copy.mergeBase(a, b)) ?? a,
    isAncestor: async (ancestor, descendant) =>
      (await git('merge-base', '--is-ancestor', ancestor, descendant)).exitCode === 0,
    async commitPointer({ environment, to, message, author, hubRef }) {
      const path = pointerPath(environment);
      const revision = await tip();
      const blobs = await documents(revision, 'environments');
      const outcome = await copy.commitPointer({
        path,
        content: formatPointer(await copy.readAt(revision, path), to),
        message,
        expectedPointerBlob: blobs.get(environment),
        author,
        clock: services.clock,
        signal: services.interrupted,
        ...(hubRef === undefined ? {} : { hubRef }),
      });
      if (outcome.kind === 'committed') return outcome;
      const { kind, by, revision: movedIn, blob } = outcome;
      const text = blob === undefined ? undefined : await git('cat-file', 'blob', blob);
      return {
        kind,
        by,
        revision: movedIn,
        release: text?.exitCode === 0 ? readPointerRelease(text.stdout.toString('utf8')) : undefined,
      };
    },
    async close() {
      // One that could not be opened has been reported to whoever asked for it.
      const opened = await history?.catch(() => undefined);
      await opened?.close();
    },
  };
}
