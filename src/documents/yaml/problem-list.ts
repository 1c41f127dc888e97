// Collects the problems of one file, each with its line and column. Judges nothing itself.
import type { LineCounter } from 'yaml';
import type { DocumentProblem } from '../../model/problem.ts';

const maxProblems = 100;
/** Most characters of a pointer or a message, because a key may be as long as the file. */
const maxShown = 1000;

/** Collects the problems of one file and knows its lines. */
export class ProblemList {
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #problems: DocumentProblem[] = [];
  #dropped = 0;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  /** `at`: offset into the text. */
  add(at: number, pointer: string, message: string): void {
    if (this.#problems.length >= maxProblems) {
      this.#dropped += 1;
      return;
    }
    const { line, col } = this.#lines.linePos(at);
    this.#problems.push({
      file: this.#file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      pointer: clip(pointer),
      message: clip(message),
    });
  }

  get isEmpty(): boolean {
    return this.#problems.length === 0;
  }

  /** In the order of the file: at most 100, and one that counts the rest. */
  list(): DocumentProblem[] {
    const sorted = this.#problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const last = sorted.at(-1);
    if (this.#dropped > 0 && last !== undefined) {
      sorted.push({ ...last, pointer: '', message: `and ${this.#dropped} more problems` });
    }
    return sorted;
  }
}

function clip(text: string): string {
  return text.length > maxShown ? `${text.slice(0, maxShown - 1)}…` : text;
}
