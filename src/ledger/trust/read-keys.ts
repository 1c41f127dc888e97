// The keys in a commit of the config repo. An unreadable file is not a key.
import type { PolicyTrust } from '../../documents/project/read-trust.ts';
import type { ConfigRepo, TreeEntry } from '../../git/config-repo.ts';
import { isRegularFile } from '../../git/objects/parse-tree.ts';
import type { TrustedKeys } from '../../git/signatures/trusted-keys.ts';
import { StkError } from '../../kernel/errors.ts';

const maxSignersBytes = 1024 * 1024;
const maxKeyBytes = 256 * 1024;
/** Further GPG keys, in the order of their names, are not read. */
const mostGpgKeys = 500;

export async function readKeys(
  repo: ConfigRepo,
  revision: string,
  { allowedSigners, gpgKeys }: Pick<PolicyTrust, 'allowedSigners' | 'gpgKeys'>,
): Promise<TrustedKeys> {
  const [signers, folder] = await Promise.all([
    repo.entryAt(revision, allowedSigners),
    repo.entryAt(revision, gpgKeys),
  ]);
  const files = folder?.mode === '40000' ? await repo.entries(folder.id) : [];
  const texts = await Promise.all(
    files.slice(0, mostGpgKeys).map((entry) => readText(repo, entry, maxKeyBytes)),
  );
  return {
    allowedSigners: await readText(repo, signers, maxSignersBytes),
    gpgKeys: texts.filter((text) => text !== ''),
  };
}

async function readText(repo: ConfigRepo, entry: TreeEntry | undefined, limit: number): Promise<string> {
  if (entry === undefined || !isRegularFile(entry)) return '';
  try {
    return await repo.text(entry.id, limit);
  } catch (thrown) {
    if (thrown instanceof StkError && ['too-large', 'malformed'].includes(thrown.code)) return '';
    throw thrown;
  }
}
