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

/**
 * Variables that hand `token` to git's HTTP transport for one origin only. It travels in the child's environment:
 * not in the URL, where it would be logged, nor in an argument list, which other users can read, nor in a file.
 */
export function tokenEnvironment(
  environment: Environment,
  url: string,
  token: string | undefined,
): Record<string, string> {
  if (token === undefined || token === '' || !/^https?:/.test(url)) return {};
  const count = Number.parseInt(environment['GIT_CONFIG_COUNT'] ?? '0', 10) || 0;
  const credentials = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: `http.${new URL(url).origin}/.extraHeader`,
    [`GIT_CONFIG_VALUE_${count}`]: `Authorization: Basic ${credentials}`,
  };
}
