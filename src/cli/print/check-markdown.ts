// Verdicts of `stk release check` as Markdown for a comment on a pull request. Text from documents, databases or the
// Hub is escaped: it can neither format, link, mention nor break out of its table cell.
import type { CheckVerdict } from '../hub/check-verdict.ts';
import type { Finding } from '../../model/finding.ts';
import {
  countFindings,
  groupByObject,
  nameMigration,
  suggestedMigrations,
  weightOf,
} from './findings-report.ts';
import { plainLine } from './plain-text.ts';
import { diffLines } from './release-diff.ts';

const words: Readonly<Record<CheckVerdict['verdict'], string>> = {
  fits: '✅ fits',
  refused: '❌ refused',
  unknown: '⚠️ cannot tell now',
  removed: '⚠️ pointer removed',
};

/** The most characters of one cell; the platforms limit a comment to about 65,000. */
const maxCell = 400;
const maxRows = 60;

export function formatVerdictsAsMarkdown(verdicts: readonly CheckVerdict[]): string {
  if (verdicts.length === 0) return '### stk release check\n\nNo pointer changed.';
  const refused = verdicts.filter(({ verdict }) => verdict === 'refused').length;
  const summary = refused === 0 ? 'nothing refused' : `${refused} of ${verdicts.length} refused`;
  const overview = markdownTable(
    ['Environment', 'Release', 'Verdict', ''],
    verdicts.map((verdict) => [
      escapeMarkdown(verdict.environment),
      [verdict.from, verdict.release].flatMap((id) => (id === null ? [] : [escapeMarkdown(id)])).join(' → '),
      words[verdict.verdict],
      verdict.findings.length > 0 ? countFindings(verdict.findings) : escapeMarkdown(verdict.message),
    ]),
  );
  const details = verdicts
    .filter(({ findings, diff, gates }) => findings.length > 0 || diff !== null || gates.length > 0)
    .map(formatDetails);
  return [`### stk release check: ${summary}`, overview, ...details].join('\n\n');
}

function formatDetails({ environment, findings, diff, gates }: CheckVerdict): string {
  const ordered = groupByObject(findings).flat();
  const rows = ordered
    .slice(0, maxRows)
    .map((finding) => [
      weightOf(finding),
      `${escapeMarkdown(finding.code)} ${escapeMarkdown(finding.slug)}`,
      escapeMarkdown(finding.object),
      escapeMarkdown(finding.expected),
      escapeMarkdown(finding.actual),
      escapeMarkdown(finding.operations.join(', ')),
      escapeMarkdown(finding.hint),
    ]);
  const more = ordered.length - rows.length;
  return [
    `#### ${escapeMarkdown(environment)}`,
    ...formatChange(diff),
    ...formatGateTable(gates),
    ...(rows.length === 0
      ? []
      : [markdownTable(['', 'Finding', 'Object', 'Expected', 'Actual', 'Operations', 'What to do'], rows)]),
    ...(more > 0 ? [`… and ${more} more.`] : []),
    ...formatMigrations(findings),
  ].join('\n\n');
}

/** In an HTML block, like the migrations below. */
function formatChange(diff: CheckVerdict['diff']): readonly string[] {
  if (diff === null) return [];
  const lines = diffLines(diff).slice(0, maxRows).map(escapeMarkdown);
  const title = `${escapeMarkdown(diff.from)} → ${escapeMarkdown(diff.to)}`;
  if (lines.length === 0) return [`${title}: no difference in schema, permissions, config or operations.`];
  return [`${title}:`, `<pre>\n${lines.join('\n')}\n</pre>`];
}

function formatGateTable(gates: CheckVerdict['gates']): readonly string[] {
  if (gates.length === 0) return [];
  const rows = gates
    .slice(0, maxRows)
    .map(({ name, verdict, isSkipped, sentence, help }) => [
      escapeMarkdown(name),
      isSkipped === true ? `${escapeMarkdown(verdict)}, skipped` : escapeMarkdown(verdict),
      escapeMarkdown(sentence),
      help === null ? '' : escapeMarkdown(help),
    ]);
  return [markdownTable(['Gate', 'Verdict', 'Why', 'What helps'], rows)];
}

/** In an HTML block, where escaped text is shown unchanged and can be copied. */
function formatMigrations(findings: readonly Finding[]): readonly string[] {
  const migrations = suggestedMigrations(findings).slice(0, maxRows);
  if (migrations.length === 0) return [];
  const lines = migrations.map((sql) => escapeMarkdown(sql)).join('\n');
  return [`${nameMigration(findings)} (read it first):`, `<pre>\n${lines}\n</pre>`];
}

export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

/** One line of plain text: every character with a meaning becomes an entity; `@` and `#` cannot mention or refer. */
export function escapeMarkdown(text: string): string {
  const line = plainLine(text);
  const short = line.length > maxCell ? `${line.slice(0, maxCell - 1)}…` : line;
  return short
    .replaceAll(/[@#]/g, (char) => `${char}\u200B`)
    .replaceAll(/[&<>"'\\`*_{}[\]()|~!:$^=]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replaceAll(/www\./gi, (match) => `${match.slice(0, 3)}\u200B.`);
}
