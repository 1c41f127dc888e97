// REL001: a table or view that the contract or a statement names is missing.
import type { AskedName } from '../../../model/qualified-name.ts';
import { findRelation, parseName, qualify, type Draft, type Rule } from '../../check/check-context.ts';
import { needsNewerServer } from '../../facts/newer-server.ts';
import { readQuoted } from '../../check/sql-failures.ts';

export const findRelationMissing: Rule = (context) => {
  const { catalogue, operations, release } = context;
  const missing = new Map<string, Set<string>>();
  const note = (name: AskedName, operation?: string): void => {
    if (findRelation(catalogue, name) !== undefined) return;
    const object = qualify(catalogue, name);
    const hit = missing.get(object) ?? new Set();
    if (operation !== undefined) hit.add(operation);
    missing.set(object, hit);
  };
  for (const written of release.schema.tables.keys()) note(parseName(written));
  for (const checked of operations) {
    const { analysis, failure, name } = checked;
    // Without a refusal by PostgreSQL it exists, wherever the name is found.
    if (failure === undefined || needsNewerServer(context, checked)) continue;
    for (const relation of analysis?.relations ?? []) note(relation, name);
    for (const { schema, name: sequence } of analysis?.sequences ?? [])
      note({ schema, name: sequence }, name);
    // The parser sees no relation in a text such as 'orders'::regclass.
    const quoted = failure.sqlstate === '42P01' ? readQuoted(failure.message) : undefined;
    if (quoted !== undefined) note(parseName(quoted), name);
  }
  return [...missing].map(([object, hit]): Draft => ({
    code: 'REL001',
    object,
    expected: 'a table, view or sequence of this name',
    actual: 'missing in the search_path of the calls',
    operations: [...hit],
    explains: [...hit],
    sqlstate: '42P01',
    hint: 'Run the migration that creates it; if it was renamed, a view with the old name is enough.',
  }));
};
