// Reads the scores of an evaluation: one JSON object on each line, with a case id and its score.
import { StkError } from '../../kernel/errors.ts';
import { readTextFile } from './read-text-file.ts';

const maxBytes = 4 * 1024 * 1024;
const maxCases = 10_000;
const form = '{"case": "ID", "score": 0.9}';

/** Scores by case id, at least one. Throws `usage`, with the line, when the file has another form. */
export async function readScores(path: string): Promise<ReadonlyMap<string, number>> {
  const hint = `Write one JSON object on each line: ${form}`;
  const refuse = (line: number, why: string): StkError =>
    new StkError('usage', `${path}:${line}: ${why}; nothing was written`, { hint });
  const scores = new Map<string, number>();
  for (const [at, line] of (await readTextFile({ path, maxBytes, hint })).split('\n').entries()) {
    if (line.trim() === '') continue;
    const read = readLine(line);
    if (read === null) throw refuse(at + 1, `this is not ${form}`);
    if (scores.has(read.id)) throw refuse(at + 1, `the case ${JSON.stringify(read.id)} has two scores`);
    if (scores.size === maxCases) throw refuse(at + 1, `more than ${maxCases} cases`);
    scores.set(read.id, read.score);
  }
  if (scores.size === 0) throw refuse(1, 'no case has a score');
  return scores;
}

function readLine(line: string): { readonly id: string; readonly score: number } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('case' in value) || !('score' in value)) return null;
  const { case: id, score } = value;
  if (typeof id !== 'string' || id === '' || typeof score !== 'number') return null;
  return { id, score };
}
