// Keys of people, made by the real ssh-keygen and gpg, and commits that they sign, for tests of who is believed.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gitTestEnvironment, type TestRepo } from './git-repo.ts';

const run = promisify(execFile);

/** Somebody who commits. */
export interface Person {
  readonly mail: string;
  /** File of the private SSH key; undefined: they sign nothing. */
  readonly sshKey?: string;
  /** Fingerprint of a GPG key in the keyring of the tests. */
  readonly gpgKey?: string;
}

export interface SshPerson extends Person {
  readonly sshKey: string;
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string;
}

export interface SigningDesk {
  readonly directory: string;
  ssh(mail: string): Promise<SshPerson>;
  /** `expires` as gpg's --quick-generate-key takes it, e.g. 2030-01-01. */
  gpg(mail: string, expires?: string): Promise<Person & { readonly armoured: string }>;
  /** A certificate of `person` for `principal` by the authority's key. */
  certify(authority: SshPerson, person: SshPerson, principal: string): Promise<SshPerson>;
  close(): Promise<void>;
}

export async function openSigningDesk(): Promise<SigningDesk> {
  const directory = await mkdtemp(join(tmpdir(), 'stk-signing-'));
  const env = { ...gitTestEnvironment, GNUPGHOME: directory };
  let made = 0;
  const desk: SigningDesk = {
    directory,
    async ssh(mail) {
      made += 1;
      const sshKey = join(directory, `key-${made}`);
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', mail, '-f', sshKey]);
      const publicKey = (await readFile(`${sshKey}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
      return { mail, sshKey, publicKey };
    },
    async gpg(mail, expires = 'never') {
      const flags = ['--batch', '--passphrase', '', '--faked-system-time', '20260101T000000'];
      await run('gpg', [...flags, '--quick-generate-key', `Somebody <${mail}>`, 'ed25519', 'sign', expires], {
        env,
      });
      const { stdout } = await run('gpg', ['--batch', '--with-colons', '--list-keys', mail], { env });
      const gpgKey = /^fpr:+([0-9A-F]+):/m.exec(stdout)?.[1] ?? '';
      const exported = await run('gpg', ['--batch', '--armor', '--export', gpgKey], { env });
      return { mail, gpgKey, armoured: exported.stdout };
    },
    async certify(authority, person, principal) {
      const args = ['-q', '-s', authority.sshKey, '-I', principal, '-n', principal, `${person.sshKey}.pub`];
      await run('ssh-keygen', args);
      return { ...person, mail: principal, sshKey: `${person.sshKey}-cert.pub` };
    },
    async close() {
      await run('gpgconf', ['--kill', 'all'], { env });
      await rm(directory, { recursive: true, force: true });
    },
  };
  return desk;
}

export interface SignedCommit {
  readonly by: Person;
  readonly files: Readonly<Record<string, string | undefined>>;
  /** Author where `by` only signs, as a forge does. */
  readonly author?: string;
  /** Committer date; 2026-11-20T00:00:00Z unless said. */
  readonly at?: string;
  /** Folder of the GPG keyring. */
  readonly keyring?: string;
}

const usualTime = '2026-11-20T00:00:00Z';

/** Commits on the branch that is checked out; signs if `by` has a key. */
export async function commitAs(repo: TestRepo, commit: SignedCommit): Promise<string> {
  for (const [path, text] of Object.entries(commit.files))
    await (text === undefined ? repo.delete(path) : repo.write(path, text));
  await repo.git('add', '--all');
  await gitAs(repo, commit, ['commit', '--quiet', '--allow-empty', '-m', 'change']);
  return repo.revision();
}

/** Merges `branch` without fast-forward, as `by`. */
export async function mergeAs(
  repo: TestRepo,
  branch: string,
  commit: Omit<SignedCommit, 'files'>,
): Promise<string> {
  await gitAs(repo, commit, ['merge', '--quiet', '--no-ff', '-m', 'merge', branch]);
  return repo.revision();
}

async function gitAs(
  repo: TestRepo,
  { by, author, at = usualTime, keyring }: Omit<SignedCommit, 'files'>,
  args: readonly string[],
): Promise<void> {
  const format = by.sshKey === undefined ? 'openpgp' : 'ssh';
  const key = by.sshKey ?? by.gpgKey;
  const signing = key === undefined ? [] : ['-c', `gpg.format=${format}`, '-c', `user.signingKey=${key}`];
  const [command = '', ...rest] = args;
  await run('git', [...signing, command, ...(key === undefined ? [] : ['-S']), ...rest], {
    cwd: repo.directory,
    env: {
      ...gitTestEnvironment,
      ...(keyring === undefined ? {} : { GNUPGHOME: keyring }),
      GIT_AUTHOR_NAME: 'Somebody',
      GIT_AUTHOR_EMAIL: author ?? by.mail,
      GIT_AUTHOR_DATE: at,
      GIT_COMMITTER_NAME: 'Somebody',
      GIT_COMMITTER_EMAIL: by.mail,
      GIT_COMMITTER_DATE: at,
    },
  });
}
