// Where a pointer stands in the config repo and what its file says once it names another release.
import { editPointer, type PointerEdit } from '../documents/edit-pointer.ts';
import { parsePointer } from '../documents/parse-pointer.ts';

export function pointerPath(environment: string): string {
  return `environments/${environment}.yaml`;
}

/**
 * The pointer file's text naming `release`, as a new move: `hotfix` and `override` belong to the one before and go, a hold
 * stays. Comments and layout stay; a file that is absent or cannot be read as a pointer is written anew, so that a
 * rollback also mends a broken pointer.
 */
export function formatPointer(
  existing: string | undefined,
  release: string,
  keys: Omit<PointerEdit, 'release'> = {},
): string {
  const edit = { release, hotfix: null, override: null, ...keys };
  const edited = editPointer(existing, edit);
  // As stk writes it; whatever else was kept is read back as the Hub will read it.
  if (/^(?:# yaml-language-server: \S+\n)?release: [A-Za-z][A-Za-z0-9._-]*\n$/.test(edited)) return edited;
  const parsed = parsePointer(edited, { file: 'pointer' });
  return parsed.ok && parsed.value.release === release ? edited : editPointer(undefined, edit);
}
