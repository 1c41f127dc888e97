// The environment for git in a folder of somebody else, such as a downloaded application: it runs nothing that the
// folder or its repository's configuration names.
import { gitEnvironment, type Environment, type GitSetting } from './git-environment.ts';
import { runGit } from './run-git.ts';

const harmless: readonly GitSetting[] = [
  // Files of a folder can look like a bare repository with its own configuration.
  ['safe.bareRepository', 'explicit'],
  ['core.hooksPath', '/dev/null'],
  ['core.pager', 'cat'],
  ['core.alternateRefsCommand', 'false'],
  // Missing objects are not fetched: a remote can name a command.
  ['protocol.allow', 'never'],
];
const variables = { GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: '' };

/** Throws `git-missing`. */
export async function foreignEnvironment(
  directory: string,
  environment: Environment,
): Promise<Record<string, string>> {
  const first = gitEnvironment(environment, { settings: harmless, variables });
  return gitEnvironment(environment, {
    settings: [...harmless, ...(await switchOffDrivers(directory, first))],
    variables,
  });
}

/** Disables filters and diff and merge drivers that the repository defines; the operator's stay. */
async function switchOffDrivers(
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<GitSetting[]> {
  const named = String.raw`^(filter\..*\.(clean|smudge|process|required)|diff\..*\.(command|textconv)|merge\..*\.driver)$`;
  const found: GitSetting[] = [];
  for (const scope of ['--local', '--worktree']) {
    const args = ['config', scope, '--includes', '-z', '--name-only', '--get-regexp', named];
    const { stdout } = await runGit({ directory, environment, args });
    for (const key of stdout.toString('utf8').split('\0'))
      if (key !== '') found.push([key, key.endsWith('.required') ? 'false' : '']);
  }
  return found;
}
