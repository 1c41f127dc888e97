// Turns the text of one document into a checked tree: reads it within limits, checks it against its schema, and gives
// the document's parser what it needs to judge the rest.
import { LineCounter } from 'yaml';
import { checkTree, type DocumentSchema } from '../schemas/document-schema.ts';
import { findPlace, type TreeMap, type TreeNode } from './document-tree.ts';
import type { DocumentProblem } from '../../model/problem.ts';
import { ProblemList } from './problem-list.ts';
import { readTree } from './read-tree.ts';

export interface DocumentSource {
  /** Path in the repo, for messages. */
  readonly file: string;
  readonly maxBytes: number;
  readonly schema: DocumentSchema;
}

/** Reports a problem of the value at a JSON pointer. */
export type Report = (pointer: string, message: string) => void;

/** Without a `root`, the text could not be read as a mapping; `problems` explains why. */
export interface ReadDocument {
  readonly root: TreeMap | undefined;
  /** Adds a problem at the deepest part of the JSON pointer that exists in the file. */
  readonly report: Report;
  readonly problems: () => readonly DocumentProblem[];
  /** The same for values that are allowed but probably a mistake. */
  readonly warn: (pointer: string, message: string) => void;
  readonly warnings: () => readonly DocumentProblem[];
}

export function readDocument(text: string, source: DocumentSource): ReadDocument {
  const lines = new LineCounter();
  const list = new ProblemList(source.file, lines);
  const warned = new ProblemList(source.file, lines);
  const { maxBytes } = source;
  const tree: TreeNode | undefined = readTree(text, { maxBytes, problems: list, lines });
  if (tree !== undefined) checkTree(tree, source.schema, list);
  const placeOf = (pointer: string): number => (tree === undefined ? 0 : findPlace(tree, pointer));
  return {
    root: tree?.kind === 'map' ? tree : undefined,
    report: (pointer, message) => list.add(placeOf(pointer), pointer, message),
    problems: () => list.list(),
    warn: (pointer, message) => warned.add(placeOf(pointer), pointer, message),
    warnings: () => warned.list(),
  };
}
