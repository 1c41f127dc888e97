// Finds what a migration destroys, from its parsed statements and the current types of its columns. Pure; needs the
// loaded SQL parser.
import { findDestruction } from '../../sql/migration-effects.ts';
import { isNarrowing, type DeclaredType } from './narrowing.ts';

/** `schema.table.column` or `table.column`, as the migration spells it → its current type. */
export type ColumnTypes = ReadonlyMap<string, DeclaredType>;

/** One sentence each. `undefined` when it does not parse. `created`: tables created before, which are empty; extended here. */
export function findLosses(
  sql: string,
  { created, types }: { readonly created: Set<string>; readonly types: ColumnTypes },
): readonly string[] | undefined {
  const effects = findDestruction(sql);
  if (effects === undefined) return undefined;
  const losses: string[] = [];
  for (const effect of effects) {
    if (effect.kind === 'create') created.add(effect.table);
    else if (effect.kind === 'retype') {
      const before = types.get(`${effect.table}.${effect.column}`);
      if (created.has(effect.table) || before === undefined || !isNarrowing(before, effect.type)) continue;
      losses.push(`narrows ${effect.table}.${effect.column} from ${before.text} to ${effect.type.text}`);
    } else if (effect.table === undefined || !created.has(effect.table)) losses.push(effect.sentence);
  }
  return losses;
}

/** The columns whose type it changes: what to read from the catalogue. */
export function listRetyped(sql: string): readonly { readonly table: string; readonly column: string }[] {
  return (findDestruction(sql) ?? []).flatMap((effect) => (effect.kind === 'retype' ? [effect] : []));
}
