// Parses the file of `--auth-file`: the `auth:` of stk.yaml, and optionally a `webhook:`, in a file that no commit can
// change.
import { parseProject } from './parse-project.ts';
import type { DocumentProblem, Parsed } from '../../model/problem.ts';
import type { AuthSettings, Project } from '../../model/project.ts';

const before = ['project: pinned', 'environments: { pinned: { database: { embedded: true } } }', 'auth:'];
const indent = '  ';

export interface PinnedSettings {
  readonly auth: AuthSettings;
  /** `undefined` means the settings in stk.yaml. */
  readonly webhook: Project['webhook'];
}

/** `file`: its path, for the problems, whose positions refer to that file. */
export function parseAuthSettings(text: string, { file }: { readonly file: string }): Parsed<PinnedSettings> {
  // Uses the parser and schema of the project, then moves the positions back. `webhook:` is a separate member there.
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /^webhook\s*:/.test(line));
  const length = start < 0 ? 0 : 1 + lines.slice(start + 1).findIndex((line) => /^[^\s#]/.test(line));
  const end = start < 0 ? 0 : length === 0 ? lines.length : start + length;
  const isWebhook = (i: number): boolean => i >= start && i < end && start >= 0;
  const auth = lines.map((line, i) => (isWebhook(i) ? '' : indent + line));
  const webhook = lines.filter((_, i) => isWebhook(i));
  const parsed = parseProject([...before, ...auth, ...webhook, ''].join('\n'), { file, gateKinds: [] });
  if (!parsed.ok)
    return {
      ok: false,
      problems: parsed.problems.map((one) => moveBack(one, { lines: lines.length, start })),
    };
  const { value } = parsed;
  if (value.auth !== undefined) return { ok: true, value: { auth: value.auth, webhook: value.webhook } };
  const message = 'the file is empty; expected jwt, issuer, audience, rolesClaim and control';
  return { ok: false, problems: [{ file, line: 1, column: 1, pointer: '', message }] };
}

function moveBack(
  problem: DocumentProblem,
  { lines, start }: { readonly lines: number; readonly start: number },
): DocumentProblem {
  const line = problem.line - before.length;
  const isWebhook = start >= 0 && line > lines;
  return {
    ...problem,
    line: Math.max(1, isWebhook ? line - lines + start : line),
    column: Math.max(1, isWebhook ? problem.column : problem.column - indent.length),
    pointer: problem.pointer.replace(/^\/auth/, ''),
  };
}
