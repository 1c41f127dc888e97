// The difference between two releases as text for a terminal and as Markdown for a comment.
import { type DiffEntry, diffParts, isEmptyDiff, type ReleaseDiff } from '../../model/release-diff.ts';
import type { Output } from './output.ts';
import { plainLine } from './plain-text.ts';

type Paint = Output['onStdout'];

const signs: Readonly<Record<DiffEntry['change'], string>> = { added: '+', removed: '-', changed: '~' };

/** The most characters of one value, and the most entries of one part, that are shown; JSON has all of them. */
const maxValue = 120;
const maxEntries = 100;

export function formatDiff(diff: ReleaseDiff, paint: Paint): string {
  if (isEmptyDiff(diff)) return `${diff.from} and ${diff.to} do not differ`;
  const parts = diffParts.filter((part) => diff[part].length > 0);
  return parts
    .map((part) => [paint('bold', part), ...linesOf(diff[part]).map((line) => `  ${line}`)].join('\n'))
    .join('\n\n');
}

/** Plain lines `part: + name  value`; the caller escapes them for Markdown. */
export function diffLines(diff: ReleaseDiff): readonly string[] {
  return diffParts.flatMap((part) => linesOf(diff[part]).map((line) => `${part}: ${line}`));
}

function linesOf(entries: readonly DiffEntry[]): readonly string[] {
  const lines = entries
    .slice(0, maxEntries)
    .map((entry) => plainLine(`${signs[entry.change]} ${entry.name}  ${valueOf(entry)}`));
  const more = entries.length - lines.length;
  return more > 0 ? [...lines, `… and ${more} more`] : lines;
}

function valueOf({ before, after }: DiffEntry): string {
  if (before === null) return shorten(after ?? '');
  if (after === null) return shorten(before);
  return `${shorten(before)} -> ${shorten(after)}`;
}

function shorten(text: string): string {
  return text.length > maxValue ? `${text.slice(0, maxValue - 1)}…` : text;
}
