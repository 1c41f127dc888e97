// Which stk.yaml and which keys are in force. When signatures are required, a commit that changes them takes effect
// only if it counts by the previous keys. The chain begins with the first stk.yaml that requires signatures.
import { readTrust, type PolicyTrust } from '../../documents/project/read-trust.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { TrustedKeys } from '../../git/signatures/trusted-keys.ts';
import { isRegularFile } from '../../git/objects/parse-tree.ts';
import { StkError } from '../../kernel/errors.ts';
import { judgeCommit } from './judge-commit.ts';
import { readKeys } from './read-keys.ts';

export interface PolicyInForce {
  /** The commit whose stk.yaml and keys are in force. */
  readonly revision: string;
  readonly trust: PolicyTrust;
  readonly keys: TrustedKeys;
  /** When signatures are required: the commit since which they are. */
  readonly since: string | null;
  /** Ids of stk.yaml and of the files with the keys. */
  readonly files: string;
  /** The newest change, which does not take effect; `null` when the tip's version is in force. */
  readonly refused: { readonly commit: string; readonly why: string } | null;
}

/** `requires` false, and no keys: the state before any stk.yaml. */
export const noTrust: PolicyTrust = {
  requires: false,
  allowedSigners: 'trust/allowed_signers',
  gpgKeys: 'trust/gpg',
  forge: [],
};
const noKeys: TrustedKeys = { allowedSigners: '', gpgKeys: [] };
const maxProjectBytes = 1024 * 1024;

/** `from`: the previous state; `null` when unknown. Throws git's errors. */
export async function followPolicy(
  repo: ConfigRepo,
  tip: string,
  from: PolicyInForce | null,
): Promise<PolicyInForce> {
  let state = from ?? { revision: '', trust: noTrust, keys: noKeys, since: null, files: '', refused: null };
  let known = from?.revision ?? null;
  for (;;) {
    const { trust } = state;
    const paths = policyPaths(trust);
    const range = { tip, known: known === null ? [] : [known], paths };
    let isMoved = false;
    for (const commit of await repo.graph.mainline(range)) {
      state = await take(repo, state, commit);
      known = commit;
      isMoved = !isSamePlace(trust, state.trust);
      // From here on other files have the keys, or keys matter at all.
      if (isMoved) break;
    }
    if (!isMoved) return conclude(repo, tip, state);
  }
}

/** The files of the policy: stk.yaml, and the keys when they matter. */
export function policyPaths({ requires, allowedSigners, gpgKeys }: PolicyTrust): string[] {
  return requires ? [...new Set(['stk.yaml', 'trust', allowedSigners, gpgKeys])] : ['stk.yaml'];
}

/** The ids of those files in a commit, as one text. */
export async function policyFiles(repo: ConfigRepo, revision: string, trust: PolicyTrust): Promise<string> {
  const entries = await Promise.all(policyPaths(trust).map((path) => repo.entryAt(revision, path)));
  return entries.map((entry) => `${entry?.mode} ${entry?.id}`).join(' ');
}

async function take(repo: ConfigRepo, state: PolicyInForce, commit: string): Promise<PolicyInForce> {
  if (state.trust.requires) {
    if ((await policyFiles(repo, commit, state.trust)) === state.files) return { ...state, refused: null };
    const signers = { repo, keys: state.keys, forge: state.trust.forge };
    const paths = policyPaths(state.trust);
    const judged = await judgeCommit(signers, { revision: commit, paths });
    if (!judged.counts) return { ...state, refused: { commit, why: judged.why } };
  }
  // An unreadable file does not change the requirements: the Hub keeps the previous project too.
  const trust = (await readTrustAt(repo, commit)) ?? state.trust;
  return {
    revision: commit,
    trust,
    keys: trust.requires ? await readKeys(repo, commit, trust) : noKeys,
    since: trust.requires ? (state.since ?? commit) : null,
    files: await policyFiles(repo, commit, trust),
    refused: null,
  };
}

/** The branch may have been rewound, or replaced by one whose policy nobody signed. */
async function conclude(repo: ConfigRepo, tip: string, state: PolicyInForce): Promise<PolicyInForce> {
  if (!state.trust.requires) return { ...state, revision: tip };
  if (state.refused !== null || (await policyFiles(repo, tip, state.trust)) === state.files) return state;
  const why = `the branch was rewound to ${tip.slice(0, 12)}, whose stk.yaml or keys are older than those in force.`;
  return { ...state, refused: { commit: tip, why } };
}

async function readTrustAt(repo: ConfigRepo, revision: string): Promise<PolicyTrust | null> {
  const entry = await repo.entryAt(revision, 'stk.yaml');
  if (entry === undefined || !isRegularFile(entry)) return null;
  try {
    return readTrust(await repo.text(entry.id, maxProjectBytes));
  } catch (thrown) {
    if (thrown instanceof StkError && ['too-large', 'malformed'].includes(thrown.code)) return null;
    throw thrown;
  }
}

function isSamePlace(a: PolicyTrust, b: PolicyTrust): boolean {
  return policyPaths(a).join('\n') === policyPaths(b).join('\n');
}
