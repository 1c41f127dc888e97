// What `stk lint` reports about one release: all that the Hub's compiler finds in it, and the rules about statements
// that hold for any database. Loaded by main.ts for that one command.
import { openRelease } from '../documents/release/parse-release.ts';
import { pointerTo } from '../documents/yaml/document-tree.ts';
import type { LintedRelease } from '../cli/services.ts';
import type { DocumentProblem } from '../model/problem.ts';
import type { Operation } from '../model/release.ts';
import { createReleaseCompiler, type ReleaseCompiler } from '../serving/compile/compile-release.ts';
import { findForbiddenFunctions, findReadViolations } from '../sql/forbidden-functions.ts';
import { loadSqlParser, prepareStatement } from '../sql/prepare-statement.ts';

export interface ReleaseLinter {
  lint(release: LintedRelease): Promise<readonly DocumentProblem[]>;
  close(): Promise<void>;
}

export function createReleaseLinter(): ReleaseLinter {
  let opened: ReleaseCompiler | undefined;
  // Releases share most of their statements.
  const known = new Map<string, readonly string[]>();
  return {
    async lint({ text, file, id }) {
      await loadSqlParser();
      opened ??= createReleaseCompiler();
      const judged = await opened.judge({ text, file, id, blob: id });
      return [...(judged.ok ? [] : judged.problems), ...judgeStatements({ text, file, id }, known)];
    },
    close: async () => opened?.close(),
  };
}

function judgeStatements(
  { text, file, id }: LintedRelease,
  known: Map<string, readonly string[]>,
): readonly DocumentProblem[] {
  const { parsed, report, problems } = openRelease(text, { file, id });
  if (!parsed.ok) return [];
  for (const operation of parsed.value.operations.values()) {
    if (operation.kind !== 'sql') continue;
    const key = `${operation.mode} ${operation.sql}`;
    const found = known.get(key) ?? judgeStatement(operation);
    known.set(key, found);
    for (const message of found) report(`${pointerTo('/operations', operation.name)}/sql`, message);
  }
  return problems();
}

function judgeStatement({ sql, mode }: Extract<Operation, { kind: 'sql' }>): readonly string[] {
  const { analysis } = prepareStatement(sql);
  if (analysis === undefined) return [];
  if (analysis.statements !== 1 || analysis.kind === 'other') {
    const actual = analysis.statements === 1 ? analysis.node : `${analysis.statements} statements`;
    return [`OPS001: expected one SELECT, INSERT, UPDATE, DELETE or MERGE, found ${actual}`];
  }
  // Only a database knows whether `row.name` calls a function or reads a column.
  const told = { ...analysis, attributes: [] };
  const written = mode === 'read' ? findReadViolations(told) : [];
  return [
    ...findForbiddenFunctions(told).map(
      ({ function: { schema, name }, reason }) =>
        `OPS006: ${schema === undefined ? name : `${schema}.${name}`} is forbidden: ${reason}`,
    ),
    ...(written.length === 0 ? [] : [`OPS005: mode read, but it ${written.join(', ')}`]),
  ];
}
