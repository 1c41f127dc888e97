// Turns git's output after a failure into a StkError with the command that helps. Pure; git runs with LC_ALL=C.
import { StkError } from '../../kernel/errors.ts';
import { redactUrls } from '../git-location.ts';

export interface GitFailure {
  /** The git subcommand, for the message. */
  readonly command: string;
  readonly exitCode: number | undefined;
  readonly stderr: string;
  readonly directory: string;
}

const unavailable =
  /could not read from remote repository|unable to access '|could not resolve host|connection (refused|timed out|reset)|authentication failed|terminal prompts disabled|does not appear to be a git repository|early eof|remote end hung up|repository '.*' not found|host key verification failed|permission denied \(/i;
const remoteCommands: ReadonlySet<string> = new Set(['fetch', 'push', 'ls-remote']);
const pushRefused = /protected branch|permission to .* denied|write access to repository not granted/i;
const corrupt =
  /is corrupt|corrupted|bad object|unable to read tree|unable to read sha1|inflate: data stream error|missing blob|missing tree|could not parse commit|packfile .* cannot be|bad tree|failed to read object|failed to parse commit/i;

export const remoteHint =
  'Check the URL, the network and the credentials (SSH agent, git credential helper or STK_GIT_TOKEN).';

export function describeGitFailure(failure: GitFailure): StkError {
  const said = redactUrls(failure.stderr.trim());
  const details = { command: failure.command, exitCode: failure.exitCode };
  const ownership = /dubious ownership in repository at '([^']*)'/.exec(said);
  if (ownership !== null) {
    const folder = ownership[1] ?? failure.directory;
    return new StkError('git-ownership', `git refuses to read ${folder}: it belongs to another user.`, {
      hint: `If you trust it: git config --global --add safe.directory ${quote(folder)}`,
      details,
    });
  }
  if (
    /please tell me who you are|empty ident name|unable to auto-detect email|no email was given|no name was given/i.test(
      said,
    )
  ) {
    return identityError(details);
  }
  if (/not a git repository/i.test(said) && !/does not appear/i.test(said)) {
    return new StkError('not-a-config-repo', `${failure.directory} is not in a git repository.`, {
      hint: 'Name a config repo with --repo, or make one: stk init DIR',
      details,
    });
  }
  if (
    /unknown repository extension|repository format version|unknown value for.*objectformat|expected git repo version/i.test(
      said,
    )
  ) {
    return new StkError(
      'git-format',
      `The repository at ${failure.directory} has a format that is not supported: ${firstLine(said)}`,
      {
        hint: 'Use a repository of object format sha1 and ref format files.',
        details,
      },
    );
  }
  if (failure.command === 'push' && pushRefused.test(said)) {
    return new StkError('push-refused', `The remote refused the push: ${said}`, {
      hint: 'Get write access, or open a pull request with the pointer change. To only try stk in this clone: git branch --unset-upstream',
      details,
    });
  }
  // Hooks print anything: git itself fails with 128 when it cannot reach a remote, and with 1 when a hook refuses.
  if (remoteCommands.has(failure.command) && failure.exitCode !== 1 && unavailable.test(said)) {
    return new StkError('git-unavailable', `git ${failure.command} could not reach the remote: ${said}`, {
      hint: remoteHint,
      details,
    });
  }
  if (corrupt.test(said)) {
    return new StkError('git-corrupt', `git ${failure.command} found a damaged object: ${said}`, {
      hint: `See what is damaged: git -C ${quote(failure.directory)} fsck`,
      details,
    });
  }
  const ending = failure.exitCode === undefined ? 'was ended' : `failed with exit code ${failure.exitCode}`;
  return new StkError(
    'git-failed',
    `git ${failure.command} ${ending}: ${said === '' ? '(it printed nothing)' : said}`,
    {
      hint: `Run it by hand in ${failure.directory} to see more.`,
      details,
    },
  );
}

export function identityError(details: Readonly<Record<string, unknown>> = {}): StkError {
  return new StkError('git-identity', 'git does not know who you are, and a commit needs an author.', {
    hint: 'git config --global user.name "Your Name" && git config --global user.email you@example.com, or give --author "Name <mail>".',
    details,
  });
}

export function missingGit(cause?: unknown): StkError {
  return new StkError('git-missing', 'The program git was not found.', {
    hint: 'Install git 2.36 or later (https://git-scm.com/downloads) and check that it is on the PATH.',
    cause,
  });
}

export function shallowError(directory: string, what: string): StkError {
  return new StkError(
    'git-shallow',
    `The repository at ${directory} is a shallow clone, and ${what} needs its whole history.`,
    {
      hint: `git -C ${quote(directory)} fetch --unshallow`,
    },
  );
}

/** `text` as one word of a POSIX shell, for commands shown to people. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
