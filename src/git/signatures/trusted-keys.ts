// The keys that are trusted at one moment, from the config repo, in a folder for ssh-keygen and gpg. The user's own
// keyring and configuration are not used.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool, toolEnvironment } from './run-tool.ts';

export interface TrustedKeys {
  /** Text in OpenSSH's format of allowed signers. */
  readonly allowedSigners: string;
  /** Armoured keys. */
  readonly gpgKeys: readonly string[];
}

export interface KeyFolder {
  readonly allowedSigners: string;
  readonly gnupgHome: string;
  /** By fingerprint of a key or a subkey. */
  readonly gpgKeys: ReadonlyMap<string, GpgKey>;
}

export interface GpgKey {
  /** Addresses of the valid user ids, in lower case. */
  readonly mails: ReadonlySet<string>;
  /** Milliseconds since 1970, for the key or the subkey, whichever is earlier; `undefined` for never. */
  readonly expires: number | undefined;
}

export function digestOfKeys({ allowedSigners, gpgKeys }: TrustedKeys): string {
  return createHash('sha256')
    .update(JSON.stringify([allowedSigners, gpgKeys]))
    .digest('hex');
}

/** Writes the files into the new `folder`. Throws `git-missing` when there are GPG keys but no gpg. */
export async function layOutKeys(
  folder: string,
  keys: TrustedKeys,
  environment: Readonly<Record<string, string>>,
): Promise<KeyFolder> {
  const gnupgHome = join(folder, 'gnupg');
  await mkdir(gnupgHome, { recursive: true, mode: 0o700 });
  const allowedSigners = join(folder, 'allowed_signers');
  await writeFile(allowedSigners, keys.allowedSigners, { mode: 0o600 });
  // Only the keys here decide: no web of trust, no agent and no key server.
  const settings = ['batch', 'no-tty', 'no-autostart', 'no-auto-key-retrieve', 'trust-model always'];
  await writeFile(join(gnupgHome, 'gpg.conf'), `${settings.join('\n')}\n`, { mode: 0o600 });
  if (keys.gpgKeys.length === 0) return { allowedSigners, gnupgHome, gpgKeys: new Map() };
  const run = {
    program: 'gpg',
    environment: { ...toolEnvironment(environment), GNUPGHOME: gnupgHome },
  } as const;
  // One by one: a file that is not a key does not exclude the others.
  for (const key of keys.gpgKeys)
    await runTool({ ...run, args: ['--quiet', '--import'], input: Buffer.from(key) });
  const listed = await runTool({ ...run, args: ['--with-colons', '--fixed-list-mode', '--list-keys'] });
  return { allowedSigners, gnupgHome, gpgKeys: parseGpgKeys(listed.stdout) };
}

/** From gpg's colon listing: pub, fpr, uid…, sub, fpr… for each key. */
export function parseGpgKeys(listing: string): ReadonlyMap<string, GpgKey> {
  const found = new Map<string, GpgKey>();
  let mails = new Set<string>();
  let primary: number | undefined;
  let own: number | undefined;
  for (const line of listing.split('\n')) {
    const fields = line.split(':');
    const [type, validity = ''] = fields;
    const expires = fields[6] ? Number(fields[6]) * 1000 : undefined;
    if (type === 'pub') {
      mails = new Set();
      primary = expires;
      own = undefined;
    }
    if (type === 'sub') own = expires;
    if (type === 'fpr') found.set(fields[9] ?? '', { mails, expires: earlier(primary, own) });
    // A revoked user id does not count; whether a key has expired is judged at the time of the commit.
    if (type === 'uid' && !validity.includes('r')) {
      const mail = mailOf(unescape(fields[9] ?? ''));
      if (mail !== undefined) mails.add(mail.toLowerCase());
    }
  }
  return found;
}

function mailOf(userId: string): string | undefined {
  return /<([^<>\s]+)>\s*$/.exec(userId)?.[1] ?? /^[^<>\s]+@[^<>\s]+$/.exec(userId)?.[0];
}

function unescape(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
