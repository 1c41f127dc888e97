// Parses the file of `--auth-file`: what stands under `auth:` in stk.yaml, alone in a file that no commit can change.
import { parseProject } from './parse-project.ts';
import type { DocumentProblem, Parsed } from '../model/problem.ts';
import type { AuthSettings } from '../model/project.ts';

const before = ['project: pinned', 'environments: { pinned: { database: { embedded: true } } }', 'auth:'];
const indent = '  ';

/** `file`: its path, for the problems, whose places are those of the file. */
export function parseAuthSettings(text: string, { file }: { readonly file: string }): Parsed<AuthSettings> {
  // Judged by the one parser and schema of the project; the places are moved back.
  const lines = text.split('\n').map((line) => indent + line);
  const parsed = parseProject([...before, ...lines, ''].join('\n'), { file, gateKinds: [] });
  if (!parsed.ok) return { ok: false, problems: parsed.problems.map(moveBack) };
  if (parsed.value.auth !== undefined) return { ok: true, value: parsed.value.auth };
  const message = 'the file says nothing; expected jwt, issuer, audience, rolesClaim and control';
  return { ok: false, problems: [{ file, line: 1, column: 1, pointer: '', message }] };
}

function moveBack(problem: DocumentProblem): DocumentProblem {
  return {
    ...problem,
    line: Math.max(1, problem.line - before.length),
    column: Math.max(1, problem.column - indent.length),
    pointer: problem.pointer.replace(/^\/auth/, ''),
  };
}
