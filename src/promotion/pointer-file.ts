// The path of a pointer in the config repo, and its text once it names another release.
import { editPointer, type PointerEdit } from '../documents/edit-pointer.ts';
import { parsePointer } from '../documents/parse-pointer.ts';

export function pointerPath(environment: string): string {
  return `environments/${environment}.yaml`;
}

/**
 * The pointer file's text naming `release`, as a new move: drops `hotfix` and `override`, keeps a hold. Keeps comments
 * and layout; an absent or unreadable file is replaced, so that a rollback also repairs a broken pointer.
 */
export function formatPointer(
  existing: string | undefined,
  release: string,
  keys: Omit<PointerEdit, 'release'> = {},
): string {
  const edit = { release, hotfix: null, override: null, ...keys };
  const edited = editPointer(existing, edit);
  // As stk writes it; everything else that was kept is parsed as the Hub will parse it.
  if (/^(?:# yaml-language-server: \S+\n)?release: [A-Za-z][A-Za-z0-9._-]*\n$/.test(edited)) return edited;
  const parsed = parsePointer(edited, { file: 'pointer' });
  return parsed.ok && parsed.value.release === release ? edited : editPointer(undefined, edit);
}
