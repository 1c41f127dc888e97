// Recognises an enum type that was only renamed since the cut: values are sent alike.
import type { QualifiedName } from '../../model/qualified-name.ts';
import { findEnum, parseName, type CheckContext } from '../check/check-context.ts';

/** The enum of the contract is gone, and this one has its labels. `before`: as a contract writes its type. */
export function isSameEnum(
  { catalogue, release }: CheckContext,
  before: { readonly type: string },
  { schema, name }: QualifiedName,
): boolean {
  const written = before.type.startsWith('.') ? before.type.slice(1) : before.type;
  const labels = release.contract?.enums.get(written);
  const now = catalogue.enums.find((one) => one.name === name && one.schema === schema);
  // One that is still there was not renamed: the column has another type.
  if (findEnum(catalogue, parseName(written)) !== undefined) return false;
  return labels !== undefined && now !== undefined && labels.join('\0') === now.labels.join('\0');
}
