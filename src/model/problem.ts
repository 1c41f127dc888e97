// Problems of a document: everything that is wrong with a file, each with its position.

export interface DocumentProblem {
  /** Path in the repo, e.g. releases/v1.0.0.yaml. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  /** JSON pointer into the document, '' for the whole. */
  readonly pointer: string;
  /** The problem and what was expected; for an unknown key, also the nearest known key. */
  readonly message: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

/** `file:line:column: message`, one a line. */
export function formatProblems(problems: readonly DocumentProblem[]): string {
  return problems.map((p) => `${p.file}:${p.line}:${p.column}: ${p.message}`).join('\n');
}
