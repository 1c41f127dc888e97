// Reads from a stk.yaml of any age its settings for signatures and keys. Lenient on purpose: history has files that
// today's schema refuses. parse-project.ts judges the current document.
import { type Document, isCollection, isMap, isScalar } from 'yaml';
import { parseUnjudged } from '../yaml/load-yaml.ts';

/** Decides whether a change of the policy needs a signature, and where the keys are. */
export interface PolicyTrust {
  /** The project or one of its environments requires signatures. */
  readonly requires: boolean;
  /** Paths in the config repo, without a slash at the end. */
  readonly allowedSigners: string;
  readonly gpgKeys: string;
  readonly forge: readonly string[];
}

const defaults = {
  allowedSigners: 'trust/allowed_signers',
  gpgKeys: 'trust/gpg',
  forge: ['noreply@github.com'],
} as const;

/** `null` when the text cannot be read. */
export function readTrust(text: string): PolicyTrust | null {
  // True for nearly every version: no need to parse it. A backslash may hide the word.
  if (!/required|\\/.test(text)) return { ...defaults, requires: false };
  const document = parseUnjudged(text, 'core');
  if (document === undefined || document.errors.length > 0 || !isMap(document.contents)) return null;
  const forge = listAt(document, ['trust', 'forge']);
  return {
    requires:
      document.getIn(['trust', 'signatures']) === 'required' ||
      environmentsOf(document).some((name) => requiresIn(document, name)),
    allowedSigners: pathAt(document, 'allowedSigners') ?? defaults.allowedSigners,
    gpgKeys: pathAt(document, 'gpgKeys') ?? defaults.gpgKeys,
    forge: forge ?? defaults.forge,
  };
}

function environmentsOf(document: Document): unknown[] {
  const list = document.get('environments');
  return isMap(list) ? list.items.map(({ key }) => (isScalar(key) ? key.value : key)) : [];
}

function requiresIn(document: Document, name: unknown): boolean {
  const trust = document.getIn(['environments', name, 'trust']);
  return (isMap(trust) ? trust.get('signatures') : trust) === 'required';
}

function pathAt(document: Document, key: string): string | undefined {
  const value = document.getIn(['trust', key]);
  return typeof value === 'string' ? value.replace(/\/$/, '') : undefined;
}

function listAt(document: Document, path: string[]): string[] | undefined {
  const list = document.getIn(path);
  if (!isCollection(list)) return undefined;
  return list.items.flatMap((item) => (isScalar(item) && typeof item.value === 'string' ? [item.value] : []));
}
