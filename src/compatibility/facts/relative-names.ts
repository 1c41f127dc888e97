// Names as a contract writes them: relative to the environment's own schema, which has another name in each
// environment.
import type { Catalogue } from '../../model/catalogue.ts';
import type { QualifiedName } from '../../model/qualified-name.ts';
import type { ColumnType } from '../../model/relation.ts';
import { homeSchema, quote } from '../check/check-context.ts';
import type { ComparedType } from './column-types.ts';

/** `customers`, `sales.orders`. */
export function toRelativeName(catalogue: Catalogue, { schema, name }: QualifiedName): string {
  return schema === homeSchema(catalogue) ? quote(name) : `${quote(schema)}.${quote(name)}`;
}

/** `integer`, `.order_status`, `sales.mood`. */
export function toRelativeType(catalogue: Catalogue, { schema, name }: QualifiedName): string {
  if (schema === 'pg_catalog') return name;
  return schema === homeSchema(catalogue) ? `.${name}` : `${quote(schema)}.${name}`;
}

export function toComparedType(
  catalogue: Catalogue,
  { type, typmod }: { readonly type: string; readonly typmod: number | undefined },
): ComparedType {
  const [, schema, name] = /^("(?:[^"]|"")*"|[^."]*)\.(.+)$/s.exec(type) ?? [];
  if (name === undefined || schema === undefined)
    return { schema: 'pg_catalog', name: type, typmod: typmod ?? -1 };
  const unquoted = schema.startsWith('"') ? schema.slice(1, -1).replaceAll('""', '"') : schema;
  return { schema: unquoted === '' ? homeSchema(catalogue) : unquoted, name, typmod: typmod ?? -1 };
}

/** How `names` writes a schema: the environment's own is a dot. */
export function toSchemaMark(catalogue: Catalogue, schema: string): string {
  return schema === homeSchema(catalogue) ? '.' : schema;
}

export function typmodOf({ typmod }: Pick<ColumnType, 'typmod'>): number | undefined {
  return typmod === -1 ? undefined : typmod;
}

/** `numeric(12,2)` for people; the name alone for types that read well without a modifier. */
export function spellType({
  type,
  typmod,
}: {
  readonly type: string;
  readonly typmod: number | undefined;
}): string {
  const name = type.startsWith('.') ? type.slice(1) : type;
  if (typmod === undefined) return name;
  const [plain, brackets] = name.endsWith('[]') ? [name.slice(0, -2), '[]'] : [name, ''];
  if (plain === 'numeric') {
    const value = typmod - 4;
    return `numeric(${(value >> 16) & 0xffff},${((value & 0x7ff) ^ 1024) - 1024})${brackets}`;
  }
  return plain.startsWith('character') ? `${plain}(${typmod - 4})${brackets}` : name;
}
