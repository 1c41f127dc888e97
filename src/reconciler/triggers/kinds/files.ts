// `files`: the environment's files, compared with the schemas of the release.
import type { FileProblem } from '../../../model/file-store.ts';
import { bad, failed, good, type Reading } from '../reading.ts';

export function readFiles(problems: readonly FileProblem[]): Reading {
  const unseen = problems.find(({ isUnseen }) => isUnseen === true);
  if (unseen !== undefined) return failed(`The files could not be looked at: ${unseen.why}.`);
  const [first] = problems;
  if (first === undefined) return good('The files fit the release.');
  const more = problems.length === 1 ? '' : ` ${problems.length - 1} more are wrong.`;
  return bad(`${first.code}: ${first.file}: ${first.why}.${more}`);
}
