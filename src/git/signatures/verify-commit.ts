// Whether a commit has a good signature for one address. git itself verifies, with only the given keys. Then an SSH key
// is checked for stk's address and time, which git does not know.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gitEnvironment, readingEnvironment } from '../process/git-environment.ts';
import { failureOf, gitBytes, runGit } from '../process/run-git.ts';
import { runTool, toolEnvironment } from './run-tool.ts';
import { splitSignature } from './split-signature.ts';
import type { KeyFolder } from './trusted-keys.ts';

export type SignatureCheck =
  { readonly isGood: true } | { readonly isGood: false; /** Without a subject. */ readonly why: string };

export interface CommitToVerify {
  readonly gitDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly keys: KeyFolder;
  readonly revision: string;
  /** The address that must have signed. */
  readonly mail: string;
  /** When it was made, by stk's rule; milliseconds since 1970. */
  readonly at: number;
}

/** One word without the wildcards of OpenSSH's patterns. */
const plainAddress = /^[^\s,!*?"\\]+@[^\s,!*?"\\]+$/;

export async function verifyCommit(commit: CommitToVerify): Promise<SignatureCheck> {
  const { gitDirectory, environment, revision, mail } = commit;
  if (!plainAddress.test(mail))
    return bad(`its author's address ${JSON.stringify(mail)} is not the address of a person`);
  const raw = await gitBytes({
    directory: gitDirectory,
    environment: readingEnvironment(environment, gitDirectory),
    args: ['cat-file', 'commit', revision],
  });
  const parts = splitSignature(raw);
  if (parts === undefined) return bad('it is not signed');
  const command = {
    directory: gitDirectory,
    environment: verifyingEnvironment(commit),
    args: ['verify-commit', '--raw', revision],
  };
  const output = await runGit(command);
  const said = output.stderr;
  // Nothing was verified, so this does not mean that the signature is bad.
  if (/cannot run|could not run|No such file/i.test(said)) throw failureOf(command, output);
  if (parts.kind === 'gpg') return judgeGpg(commit, said);
  if (output.exitCode !== 0) return bad(`no key in force made its signature (${lastLine(said)})`);
  return verifySsh(commit, parts);
}

/** Every setting that selects a program, a key or a policy is fixed. */
function verifyingEnvironment({ gitDirectory, environment, keys }: CommitToVerify): Record<string, string> {
  const own = gitEnvironment(environment, {
    settings: [
      ['gpg.program', 'gpg'],
      ['gpg.openpgp.program', 'gpg'],
      ['gpg.ssh.program', 'ssh-keygen'],
      ['gpg.x509.program', 'false'],
      ['gpg.minTrustLevel', 'undefined'],
      ['gpg.ssh.allowedSignersFile', keys.allowedSigners],
      ['gpg.ssh.revocationFile', ''],
    ],
    variables: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GNUPGHOME: keys.gnupgHome,
      TZ: 'UTC',
    },
  });
  return readingEnvironment(own, gitDirectory);
}

function judgeGpg({ keys, mail, at }: CommitToVerify, said: string): SignatureCheck {
  const status = new Map(
    [...said.matchAll(/^\[GNUPG:\] (\S+) ?(.*)$/gm)].map(([, word = '', rest = '']) => [word, rest]),
  );
  const fingerprint = status.get('VALIDSIG')?.split(' ')[0];
  const word = ['BADSIG', 'REVKEYSIG', 'EXPSIG', 'ERRSIG'].find((one) => status.has(one));
  const isValid = fingerprint !== undefined && (status.has('GOODSIG') || status.has('EXPKEYSIG'));
  if (!isValid || word !== undefined)
    return bad(`no key in force made its signature (gpg: ${word ?? lastLine(said)})`);
  const key = keys.gpgKeys.get(fingerprint);
  if (key === undefined || !key.mails.has(mail.toLowerCase()))
    return bad(`its signature is by the GPG key ${fingerprint}, which is not one of ${mail}`);
  if (key.expires !== undefined && key.expires <= at)
    return bad(`its signature is by the GPG key ${fingerprint}, which had expired`);
  return { isGood: true };
}

async function verifySsh(
  { environment, keys, mail, at }: CommitToVerify,
  { signature, payload }: { readonly signature: Buffer; readonly payload: Buffer },
): Promise<SignatureCheck> {
  const file = join(dirname(keys.allowedSigners), 'signature');
  await writeFile(file, signature, { mode: 0o600 });
  const time = new Date(at)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(/[-:T]/g, '');
  const output = await runTool({
    program: 'ssh-keygen',
    args: [
      '-Y',
      'verify',
      '-n',
      'git',
      '-f',
      keys.allowedSigners,
      '-I',
      mail,
      '-s',
      file,
      `-Overify-time=${time}`,
    ],
    environment: toolEnvironment(environment),
    input: payload,
  });
  return output.exitCode === 0
    ? { isGood: true }
    : bad(`no key of ${mail} that was in force at ${new Date(at).toISOString()} made its signature`);
}

function bad(why: string): SignatureCheck {
  return { isGood: false, why };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
}
