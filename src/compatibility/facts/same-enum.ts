// Recognises an enum type that was only renamed since the cut: values are sent alike.
import type { QualifiedName } from '../../model/qualified-name.ts';
import type { CheckContext } from '../check/check-context.ts';

/** It has the labels that the enum of the contract had. `before`: as a contract writes its type. */
export function isSameEnum(
  { catalogue, release }: CheckContext,
  before: { readonly type: string },
  { schema, name }: QualifiedName,
): boolean {
  const written = before.type.startsWith('.') ? before.type.slice(1) : before.type;
  const labels = release.contract?.enums.get(written);
  const now = catalogue.enums.find((one) => one.name === name && one.schema === schema);
  return labels !== undefined && now !== undefined && labels.join('\0') === now.labels.join('\0');
}
