// The environment that a git child process gets: what the operator set for git on purpose, and nothing that a
// surrounding hook or alias set for the repository it runs in.

export type Environment = Readonly<Record<string, string | undefined>>;

/** GIT_* variables that say who, how to connect and where configuration is; every other GIT_* is dropped. */
const keptGitVariable =
  /^GIT_(AUTHOR_(NAME|EMAIL)|COMMITTER_(NAME|EMAIL)|SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_.*|PROXY_SSL_.*|HTTP_.*|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|EXEC_PATH|CEILING_DIRECTORIES|TRACE.*)$/;

/**
 * `environment` without what would make git act on another repository, prompt or speak another language.
 * `extra` is added last and wins.
 */
export function gitEnvironment(
  environment: Environment,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    if (/^(LC_.*|LANG|LANGUAGE|STK_GIT_TOKEN)$/.test(name)) continue;
    if (name.startsWith('GIT_') && !keptGitVariable.test(name)) continue;
    kept[name] = value;
  }
  return { ...kept, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', ...extra };
}

// git calls it with `get`, and with `store` or `erase`, which are not for it. printf is the shell's own: no argument list.
const tokenHelper = `!f() { test "$1" != get || printf 'username=x-access-token\\npassword=%s\\n' "$STK_GIT_TOKEN"; }; f`;

/**
 * Variables that hand `token` to git for one origin only: as a credential helper, which git asks again wherever a
 * redirect leads, while a header of its own would go along. It travels in the child's environment: not in the URL, where
 * it would be logged, nor in an argument list, which other users can read, nor in a file: the operator's own helpers,
 * which may keep what worked, are not asked for this origin.
 */
export function tokenEnvironment(
  environment: Environment,
  url: string,
  token: string | undefined,
): Record<string, string> {
  if (token === undefined || token === '' || !/^https?:/.test(url)) return {};
  const count = Number.parseInt(environment['GIT_CONFIG_COUNT'] ?? '0', 10) || 0;
  const key = `credential.${new URL(url).origin}.helper`;
  return {
    GIT_CONFIG_COUNT: String(count + 2),
    [`GIT_CONFIG_KEY_${count}`]: key,
    [`GIT_CONFIG_VALUE_${count}`]: '',
    [`GIT_CONFIG_KEY_${count + 1}`]: key,
    [`GIT_CONFIG_VALUE_${count + 1}`]: tokenHelper,
    STK_GIT_TOKEN: token,
  };
}
