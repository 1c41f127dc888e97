// Analyses a text of statements from its parse tree: the complete analysis of the statement, or why there is none.
import { collectColumnUses } from './column-uses.ts';
import { memberOf, recordOf } from './parse-tree.ts';
import { countCodePoints, mapBytes } from './pg-parser.ts';
import { StatementWalker, type Gathered } from './statement-walker.ts';
import type { Source } from './column-scope.ts';
import type { Attribute, ColumnUse, StatementAnalysis } from './statement.ts';

export type Analysed =
  | { readonly ok: true; readonly analysis: StatementAnalysis }
  | { readonly ok: false; readonly message: string };

const kinds: ReadonlyMap<string, StatementAnalysis['kind']> = new Map([
  ['SelectStmt', 'select'],
  ['InsertStmt', 'insert'],
  ['UpdateStmt', 'update'],
  ['DeleteStmt', 'delete'],
  ['MergeStmt', 'merge'],
]);

/** `statements`: the `stmts` of the parse result for `text`. */
export function analyseStatements(statements: readonly unknown[], text: string): Analysed {
  const walker = new StatementWalker();
  const first = recordOf(memberOf(statements[0], 'stmt'));
  const node = Object.keys(first)[0] ?? 'nothing';
  const known = kinds.get(node) ?? 'other';
  const columns: ColumnUse[] = [];
  const owners = new Map<readonly unknown[], Source>();
  try {
    for (const [i, statement] of statements.entries()) {
      const wrapped = memberOf(statement, 'stmt');
      walker.walk(wrapped);
      const collected = collectColumnUses(wrapped);
      for (const [key, source] of collected.owners) owners.set(key, source);
      if (i === 0 && known !== 'other') columns.push(...collected.uses);
    }
  } catch (error) {
    if (error instanceof RangeError)
      return { ok: false, message: 'the statement is nested too deeply to be analysed' };
    throw error;
  }
  const { refusedClause, ...gathered } = walker.gathered();
  const kind = refusedClause === undefined ? known : 'other';
  return {
    ok: true,
    analysis: {
      ...gathered,
      statements: statements.length,
      kind,
      node: refusedClause ?? node,
      // Utility statements are refused; until then they count as writing.
      writes: gathered.writes || kind === 'other',
      literals: placeLiterals(gathered.literals, text),
      attributes: listAttributes(gathered.attributes, owners),
      columns,
    },
  };
}

/** Without certain columns: those of a query or of a list of aliases. */
function listAttributes(
  attributes: Gathered['attributes'],
  owners: ReadonlyMap<readonly unknown[], Source>,
): Attribute[] {
  const found = new Map<string, Attribute>();
  for (const { key, name, isDotted } of attributes) {
    const owner = owners.get(key);
    if (owner?.columns.includes(name) === true) continue;
    const attribute = { name, relation: owner?.relation, isUnplaced: isDotted && owner === undefined };
    found.set(JSON.stringify(attribute), attribute);
  }
  return [...found.values()];
}

/** In the order of the text, which is read once. */
function placeLiterals(literals: Gathered['literals'], text: string): StatementAnalysis['literals'] {
  const toUtf16 = mapBytes(text);
  let [units, points] = [0, 0];
  return literals
    .toSorted((a, b) => a.byte - b.byte)
    .map(({ value, byte }) => {
      const end = toUtf16(byte);
      points += countCodePoints(text.slice(units, end), end - units);
      units = end;
      return { value, position: points + 1 };
    });
}
