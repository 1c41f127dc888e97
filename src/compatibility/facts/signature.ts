// How a contract names a function, `price_with_tax(numeric)`: writes such a signature, and reads the name in one.
import type { Catalogue } from '../../model/catalogue.ts';
import type { FunctionBody } from '../../model/function-body.ts';
import type { AskedName, QualifiedName } from '../../model/qualified-name.ts';
import { parseName } from '../check/check-context.ts';
import { toRelativeName, toRelativeType } from './relative-names.ts';

export function writeSignature(
  catalogue: Catalogue,
  { schema, name, argumentTypes }: QualifiedName & Pick<FunctionBody, 'argumentTypes'>,
): string {
  const types = argumentTypes.map((type) => toRelativeType(catalogue, type));
  return `${toRelativeName(catalogue, { schema, name })}(${types.join(', ')})`;
}

export function nameInSignature(signature: string): AskedName {
  const [written = signature] = /^(?:"(?:[^"]|"")*"|[^("])+/.exec(signature) ?? [];
  return parseName(written);
}
