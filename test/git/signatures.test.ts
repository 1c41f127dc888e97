import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigRepo } from '../../src/git/config-repo.ts';
import { openConfigRepo } from '../../src/git/open-config-repo.ts';
import { insertSignature, splitSignature } from '../../src/git/signatures/split-signature.ts';
import type { TrustedKeys } from '../../src/git/signatures/trusted-keys.ts';
import { closeOpened, openRepo, stillClock } from '../support/git/git-config-repo.ts';
import { createTestRepo, gitTestEnvironment, type TestRepo } from '../support/git/git-repo.ts';
import { commitAs, openSigningDesk, type SigningDesk, type SshPerson } from '../support/git/signing.ts';

let desk: SigningDesk;
let files: TestRepo;
let repo: ConfigRepo;
let ada: SshPerson;
let mallory: SshPerson;

beforeAll(async () => {
  desk = await openSigningDesk();
  files = await createTestRepo();
  const first = { by: { mail: 'operator@example.com' }, files: { 'stk.yaml': 'project: shop\n' } };
  await commitAs(files, { ...first, at: '2026-11-01T00:00:00Z' });
  repo = await openRepo({ location: files.directory });
  ada = await desk.ssh('ada@example.com');
  mallory = await desk.ssh('mallory@example.com');
});

afterAll(async () => {
  await closeOpened();
  await files.remove();
  await desk.close();
});

const signers = (...lines: string[]): TrustedKeys => ({
  allowedSigners: `${lines.join('\n')}\n`,
  gpgKeys: [],
});
let count = 0;
const change = () => ({ note: `${(count += 1)}` });

async function verify(revision: string, mail: string, keys: TrustedKeys): Promise<string> {
  const check = await repo.signatures.verify({ revision, mail, keys });
  return check.isGood ? 'good' : check.why;
}

describe('a signature by an SSH key', () => {
  it('is good for the address that the key is listed for, and for no other', async () => {
    const keys = signers(
      `ada@example.com,12+ada@users.noreply.github.com ${ada.publicKey}`,
      `mallory@example.com ${mallory.publicKey}`,
    );
    const revision = await commitAs(files, { by: ada, files: change() });
    expect(await verify(revision, 'ada@example.com', keys)).toBe('good');
    expect(await verify(revision, '12+ada@users.noreply.github.com', keys)).toBe('good');
    expect(await verify(revision, 'mallory@example.com', keys)).toContain('no key of mallory@example.com');
    expect(await verify(revision, '*@example.com', keys)).toContain('is not the address of a person');
    expect(
      await verify(revision, 'ada@example.com', signers(`mallory@example.com ${mallory.publicKey}`)),
    ).toContain('no key in force');
  });

  it('is missed where there is none, and where the commit was changed after it', async () => {
    const keys = signers(`ada@example.com ${ada.publicKey}`);
    const unsigned = await commitAs(files, { by: { mail: 'ada@example.com' }, files: change() });
    expect(await verify(unsigned, 'ada@example.com', keys)).toBe('it is not signed');
    const signed = await commitAs(files, { by: ada, files: change() });
    const text = await files.git('cat-file', 'commit', signed);
    const forged = await files.gitWithInput(
      text.replace('Somebody', 'Somebodx') + '\n',
      'hash-object',
      '-t',
      'commit',
      '-w',
      '--stdin',
    );
    expect(await verify(forged, 'ada@example.com', keys)).toContain('no key in force');
  });

  it('holds within the time of its line, and a date that was set back does not help', async () => {
    const early = await commitAs(files, { by: ada, files: change(), at: '2026-11-20T00:00:00Z' });
    const late = await commitAs(files, { by: ada, files: change(), at: '2026-11-24T00:00:00Z' });
    const before = signers(`ada@example.com valid-before="20261122" ${ada.publicKey}`);
    const after = signers(`ada@example.com valid-after="20261122" ${ada.publicKey}`);
    expect(await verify(early, 'ada@example.com', before)).toBe('good');
    expect(await verify(late, 'ada@example.com', before)).toContain('no key in force');
    expect(await verify(early, 'ada@example.com', after)).toContain('no key in force');
    expect(await verify(late, 'ada@example.com', after)).toBe('good');
    // Its parent is of the 24th, so that it is, too.
    const setBack = await commitAs(files, { by: ada, files: change(), at: '2026-11-20T00:00:00Z' });
    expect(await verify(setBack, 'ada@example.com', before)).toContain('2026-11-24T00:00:00.000Z');
  });

  it('may be by a certificate of a listed authority, for the address that it names', async () => {
    const authority = await desk.ssh('authority');
    const certified = await desk.certify(authority, await desk.ssh('grace@example.com'), 'grace@example.com');
    const keys = signers(`*@example.com cert-authority ${authority.publicKey}`);
    const revision = await commitAs(files, { by: certified, files: change(), at: '2026-11-30T00:00:00Z' });
    expect(await verify(revision, 'grace@example.com', keys)).toBe('good');
    expect(await verify(revision, 'ada@example.com', keys)).toContain('no key of ada@example.com');
    expect(
      await verify(
        revision,
        'grace@example.com',
        signers(`*@other.com cert-authority ${authority.publicKey}`),
      ),
    ).not.toBe('good');
  });

  it('is judged without the configuration of the user or of the repository', async () => {
    const revision = await commitAs(files, { by: mallory, files: change() });
    const good = await commitAs(files, { by: ada, files: change() });
    const own = join(desk.directory, 'own_signers');
    await writeFile(own, `mallory@example.com ${mallory.publicKey}\n`);
    await files.git('config', 'gpg.ssh.allowedSignersFile', own);
    await files.git('config', 'gpg.ssh.program', '/bin/true');
    await files.git('config', 'gpg.program', '/bin/true');
    const settings = {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'gpg.ssh.allowedSignersFile',
      GIT_CONFIG_VALUE_0: own,
    };
    const other = await openRepo({
      location: files.directory,
      environment: { ...gitTestEnvironment, ...settings },
    });
    const keys = signers(`ada@example.com ${ada.publicKey}`);
    const check = await other.signatures.verify({ revision, mail: 'mallory@example.com', keys });
    expect(check.isGood).toBe(false);
    expect((await other.signatures.verify({ revision: good, mail: 'ada@example.com', keys })).isGood).toBe(
      true,
    );
    for (const key of ['gpg.ssh.allowedSignersFile', 'gpg.ssh.program', 'gpg.program'])
      await files.git('config', '--unset', key);
  });
});

describe('a signature by a GPG key', () => {
  it('is good for the addresses of the keys that are imported', async () => {
    const grace = await desk.gpg('grace@example.com');
    const eve = await desk.gpg('eve@example.com');
    const sign = { files: change(), keyring: desk.directory };
    const byGrace = await commitAs(files, { by: grace, ...sign });
    const byEve = await commitAs(files, { by: { ...eve, mail: 'grace@example.com' }, ...sign });
    const keys = { allowedSigners: '', gpgKeys: ['no key', grace.armoured] };
    expect(await verify(byGrace, 'Grace@example.com', keys)).toBe('good');
    expect(await verify(byGrace, 'eve@example.com', keys)).toContain('not one of eve@example.com');
    expect(await verify(byEve, 'grace@example.com', keys)).toContain('no key in force');
    const both = { allowedSigners: '', gpgKeys: [grace.armoured, eve.armoured] };
    expect(await verify(byEve, 'grace@example.com', both)).toContain('not one of grace@example.com');
  });

  it('made before the key expired goes on being good', async () => {
    const hopper = await desk.gpg('hopper@example.com', '2026-01-02');
    // The key is used at a time at which it held; the commits say when.
    await writeFile(join(desk.directory, 'gpg.conf'), 'faked-system-time 20260101T120000\n');
    const expired = await commitAs(files, { by: hopper, files: change(), keyring: desk.directory });
    await files.git('checkout', '--quiet', '--orphan', 'early');
    const early = await commitAs(files, {
      by: hopper,
      files: change(),
      keyring: desk.directory,
      at: '2026-01-01T12:00:00Z',
    });
    await files.git('checkout', '--quiet', 'main');
    const keys = { allowedSigners: '', gpgKeys: [hopper.armoured] };
    expect(await verify(early, 'hopper@example.com', keys)).toBe('good');
    expect(await verify(expired, 'hopper@example.com', keys)).toContain('which had expired');
  });
});

describe("the Hub's own commits", () => {
  const author = { name: 'stk hub', email: 'stk-hub@localhost' };
  const open = (signingKey: string): Promise<ConfigRepo> =>
    openConfigRepo({
      location: files.directory,
      stateDirectory: desk.directory,
      environment: gitTestEnvironment,
      clock: stillClock,
      readPointer: () => undefined,
      signingKey,
    });

  it('are signed with its key, so that git itself verifies them', async () => {
    const hub = await desk.ssh(author.email);
    const own = await open(hub.sshKey);
    const { revision } = await own.appendFiles({
      ref: 'refs/heads/stk-records',
      files: new Map([['a', 'ä']]),
      message: 'record: ä',
      author,
    });
    await own.close();
    const keys = signers(`${author.email} ${hub.publicKey}`);
    expect(await verify(revision, author.email, keys)).toBe('good');
    const file = join(desk.directory, 'hub_signers');
    await writeFile(file, keys.allowedSigners);
    await files.git('-c', `gpg.ssh.allowedSignersFile=${file}`, 'verify-commit', revision);
    expect(await files.git('show', `${revision}:a`)).toBe('ä');
    expect(await files.git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('are not made with a key that cannot be used', async () => {
    const file = join(desk.directory, 'no-key');
    await writeFile(file, createHash('sha256').update('no key').digest('hex'), { mode: 0o600 });
    const own = await open(file);
    const before = await files.revision('refs/heads/stk-records');
    await expect(
      own.appendFiles({ ref: 'refs/heads/stk-records', files: new Map([['b', 'b']]), message: 'b', author }),
    ).rejects.toMatchObject({ code: 'signing-failed' });
    await own.close();
    expect(await files.revision('refs/heads/stk-records')).toBe(before);
  });
});

it('takes a commit apart into what was signed and the signature', async () => {
  const unsigned = Buffer.from('tree t\nauthor a\ncommitter c\n\nsubject\n\ngpgsig in the text\n');
  expect(splitSignature(unsigned)).toBeUndefined();
  const armour = '-----BEGIN SSH SIGNATURE-----\nAAAA\n\n-----END SSH SIGNATURE-----\n';
  expect(splitSignature(insertSignature(unsigned, armour))).toEqual({
    kind: 'ssh',
    signature: Buffer.from(armour),
    payload: unsigned,
  });
});
