// Recognises an enum type that was only renamed since the cut: its values are sent in the same way.
import type { QualifiedName } from '../../model/qualified-name.ts';
import { findEnum, parseName, type CheckContext } from '../check/check-context.ts';

/** The contract's enum is gone, and this one has its labels. `before`: as a contract writes its type. */
export function isSameEnum(
  { catalogue, release }: CheckContext,
  before: { readonly type: string },
  { schema, name }: QualifiedName,
): boolean {
  const written = before.type.startsWith('.') ? before.type.slice(1) : before.type;
  const labels = release.contract?.enums.get(written);
  const now = catalogue.enums.find((one) => one.name === name && one.schema === schema);
  // An enum that still exists was not renamed: the column has another type.
  if (findEnum(catalogue, parseName(written)) !== undefined) return false;
  return labels !== undefined && now !== undefined && labels.join('\0') === now.labels.join('\0');
}
