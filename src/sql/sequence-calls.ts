// The sequence of a call of nextval, currval or setval, when its name is a literal.
import { splitName } from './literal-names.ts';
import { listOf, memberOf, namesOf, recordOf, textOf, type TreeRecord } from './parse-tree.ts';
import type { StatementAnalysis } from './statement.ts';

type SequenceCall = StatementAnalysis['sequences'][number];

const calls: readonly string[] = ['nextval', 'currval', 'setval'] satisfies readonly SequenceCall['call'][];

/** `body`: a FuncCall. `undefined` for another function, or a name that is unknown before the call. */
export function readSequenceCall(body: TreeRecord): SequenceCall | undefined {
  const names = namesOf(body['funcname']);
  const call = names.at(-1) ?? '';
  if (!isCall(call) || (names.length > 1 && names.at(-2) !== 'pg_catalog')) return undefined;
  const written = readLiteral(listOf(body['args'])[0]);
  if (written === undefined) return undefined;
  const parts = splitName(written);
  const name = parts.at(-1);
  // A number is the sequence's OID.
  return name === undefined || /^\d+$/.test(written) ? undefined : { call, schema: parts.at(-2), name };
}

function isCall(name: string): name is SequenceCall['call'] {
  return calls.includes(name);
}

/** For `'name'`, `'name'::regclass` and `'name'::text::regclass`. */
function readLiteral(node: unknown): string | undefined {
  const cast = memberOf(node, 'TypeCast');
  if (cast !== undefined) return readLiteral(memberOf(cast, 'arg'));
  const text = recordOf(memberOf(memberOf(node, 'A_Const'), 'sval'));
  return 'sval' in text ? textOf(text['sval']) : undefined;
}
