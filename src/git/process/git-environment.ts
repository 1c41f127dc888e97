// The environment of a git child process: what the operator set for git on purpose, and nothing that a surrounding hook
// or alias set for its own repository.

export type Environment = Readonly<Record<string, string | undefined>>;

/** GIT_* variables about identity, connections and the location of configuration; all other GIT_* are removed. */
const keptGitVariable =
  /^GIT_(AUTHOR_(NAME|EMAIL)|COMMITTER_(NAME|EMAIL)|SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_.*|PROXY_SSL_.*|HTTP_.*|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|EXEC_PATH|CEILING_DIRECTORIES|TRACE.*)$/;

/**
 * Settings that override the user's and the repository's configuration. Commands that display settings can change (`git
 * log`, `git diff`, `git show`) are not used; plumbing is used instead.
 */
const fixedSettings: readonly GitSetting[] = [
  ...['ui', 'advice', 'push', 'remote', 'transport'].map((name): GitSetting => [`color.${name}`, 'false']),
  ['i18n.commitEncoding', 'UTF-8'],
  ['i18n.logOutputEncoding', 'UTF-8'],
  ['fetch.prune', 'false'],
  ['fetch.pruneTags', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['push.followTags', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['submodule.recurse', 'false'],
  ['merge.autoStash', 'false'],
  ['merge.verifySignatures', 'false'],
  ['init.defaultObjectFormat', 'sha1'],
  ['init.defaultRefFormat', 'files'],
  // It may name a program; stk reads few files.
  ['core.fsmonitor', 'false'],
  // Housekeeping may run, but not in a process that outlives the command.
  ['gc.autoDetach', 'false'],
  ['maintenance.autoDetach', 'false'],
];

/** A key of git's configuration and its value. */
export type GitSetting = readonly [key: string, value: string];

/**
 * `environment` without variables that make git use another repository, prompt or use another language, and with
 * settings for every command. `extra` is added last and wins.
 */
export function gitEnvironment(environment: Environment, extra: GitExtra = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    if (/^(LC_.*|LANG|LANGUAGE|STK_GIT_TOKEN)$/.test(name)) continue;
    if (name.startsWith('GIT_') && !keptGitVariable.test(name)) continue;
    kept[name] = value;
  }
  return {
    ...kept,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    ...settingVariables(environment, [...fixedSettings, ...(extra.settings ?? [])]),
    ...extra.variables,
  };
}

export interface GitExtra {
  readonly settings?: readonly GitSetting[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** Variables that pass settings to git, after those that the operator passes in the same way. */
function settingVariables(environment: Environment, settings: readonly GitSetting[]): Record<string, string> {
  const count = Number.parseInt(environment['GIT_CONFIG_COUNT'] ?? '0', 10) || 0;
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(count + settings.length) };
  for (const [index, [key, value]] of settings.entries()) {
    variables[`GIT_CONFIG_KEY_${count + index}`] = key;
    variables[`GIT_CONFIG_VALUE_${count + index}`] = value;
  }
  return variables;
}

/** For reading one repository that was found and may be read: its location and owner are already checked. */
export function readingEnvironment(
  environment: Readonly<Record<string, string>>,
  gitDirectory: string,
): Record<string, string> {
  return { ...environment, GIT_DIR: gitDirectory, GIT_NO_REPLACE_OBJECTS: '1' };
}

// git calls it with `get`, and with `store` or `erase`, which it ignores. printf is built into the shell, so it has no
// visible argument list.
const tokenHelper = `!f() { test "$1" != get || printf 'username=x-access-token\\npassword=%s\\n' "$STK_GIT_TOKEN"; }; f`;

/**
 * Gives `token` to git for one origin only, through a credential helper: after a redirect git asks it again, but would
 * forward a fixed header. The token is in the child's environment. A URL would be logged, and other users could read an
 * argument list. The operator's own helpers are not used for this origin, because they may store the token.
 */
export function tokenExtra(url: string, token: string | undefined): GitExtra {
  if (token === undefined || token === '' || !/^https?:/.test(url)) return {};
  const key = `credential.${new URL(url).origin}.helper`;
  return {
    settings: [
      [key, ''],
      [key, tokenHelper],
    ],
    variables: { STK_GIT_TOKEN: token },
  };
}
