// Finds what each operation of a release really uses: PostgreSQL parses every statement as the body of a procedure and
// stores its dependencies. The procedures are temporary and rolled back. Judges nothing.
import type { Description, TypeInfo } from '../../database/database.ts';
import type { OwnerSession } from '../../database/session/owner-session.ts';
import { quoteIdentifier } from '../../kernel/quote-identifier.ts';
import { SqlFailure } from '../../database/sql-failure.ts';
import type { Statement } from '../../sql/statement.ts';
import { nameUses } from './named-uses.ts';
import { readUses, type Use } from './read-uses.ts';

export interface DescribedOperation {
  readonly name: string;
  readonly statement: Statement;
  readonly description: Extract<Description, { readonly ok: true }>;
}

export interface UsedObjects {
  readonly uses: readonly Use[];
  /** Operations whose body PostgreSQL refused: every column that their words could mean counts as used. */
  readonly guessed: readonly string[];
}

/** PostgreSQL's limit for the parameters of a procedure. */
const mostArguments = 100;
const prefix = 'stk_cut_';

/** Leaves nothing behind. The operations were described on the same database. Throws SqlFailure. */
export async function findUsedObjects(
  session: OwnerSession,
  operations: readonly DescribedOperation[],
): Promise<UsedObjects> {
  await session.run('begin');
  try {
    const wrapped = await wrapAll(session, operations);
    const named = operations.flatMap((operation, index) =>
      nameUses(operation.statement, { operation: index, isGuess: !wrapped.has(index) }),
    );
    const enums = operations.flatMap(({ description }, index) =>
      [...description.parameters, ...description.fields.map(({ type }) => type)]
        .flatMap(listEnums)
        .map((oid) => ({ operation: index, oid })),
    );
    const uses = await readUses(session, { operations, prefix, named, enums });
    const guessed = operations.filter((_, index) => !wrapped.has(index));
    return { uses, guessed: guessed.map(({ name }) => name) };
  } finally {
    await session.run('rollback');
  }
}

/** Indexes of the operations that became procedures: all in one exchange, or one by one if that fails. */
async function wrapAll(
  session: OwnerSession,
  operations: readonly DescribedOperation[],
): Promise<ReadonlySet<number>> {
  const bodies = operations.map(writeProcedure);
  const attempt = async (sql: string): Promise<boolean> => {
    await session.run('savepoint stk_cut');
    try {
      await session.run(sql);
      return true;
    } catch (error) {
      if (!(error instanceof SqlFailure)) throw error;
      await session.run('rollback to savepoint stk_cut');
      return false;
    } finally {
      await session.run('release savepoint stk_cut');
    }
  };
  if (bodies.length > 0 && (await attempt(bodies.join('\n')))) return new Set(bodies.keys());
  const wrapped = new Set<number>();
  for (const [index, body] of bodies.entries()) if (await attempt(body)) wrapped.add(index);
  return wrapped;
}

function writeProcedure({ statement, description }: DescribedOperation, index: number): string {
  const types = description.parameters.map(spellType);
  const fits = types.length <= mostArguments;
  const text = fits ? statement.text : withoutParameters(statement, types);
  return `create procedure pg_temp.${prefix}${index}(${fits ? types.join(', ') : ''}) begin atomic\n${text}\n;\nend;`;
}

/** Each `$n` as a NULL of its type. */
function withoutParameters({ text, offsets }: Statement, types: readonly string[]): string {
  const points = [...text];
  let copied = 0;
  let written = '';
  for (const { text: start } of offsets) {
    const [parameter = '$'] = /^\$[0-9]+/.exec(points.slice(start, start + 6).join('')) ?? [];
    const type = types[Number(parameter.slice(1)) - 1] ?? 'text';
    written += `${points.slice(copied, start).join('')}cast(null as ${type})`;
    copied = start + parameter.length;
  }
  return written + points.slice(copied).join('');
}

function spellType(type: TypeInfo): string {
  if (type.element !== undefined) return `${spellType(type.element)}[]`;
  if (type.schema === 'pg_catalog') return type.name;
  return `${quoteIdentifier(type.schema)}.${quoteIdentifier(type.name)}`;
}

function listEnums(type: TypeInfo): number[] {
  if (type.kind === 'enum') return [type.oid];
  return [type.element, type.base].flatMap((inner) => (inner === undefined ? [] : listEnums(inner)));
}
