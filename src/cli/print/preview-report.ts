// The result of `stk db preview`, for a terminal and as Markdown for a pull request. Text from files or databases is
// escaped in Markdown.
import { isBlocking } from '../../model/finding.ts';
import type { FilePreview, PreviewAnswer, ReleasePreview } from '../services.ts';
import { escapeMarkdown, markdownTable } from './check-markdown.ts';
import { plainLine } from './plain-text.ts';
import { formatTable } from './table.ts';

export interface PreviewReport extends PreviewAnswer {
  readonly environment: string;
  /** `not-sure`: the scratch database differs from the environment. */
  readonly verdict: 'safe' | 'breaks' | 'fails' | 'not-sure';
  readonly releases: readonly (ReleasePreview & {
    /** Why it is checked, for people. */
    readonly standing: string;
  })[];
}

const maxRows = 60;
const summaries: Readonly<Record<PreviewReport['verdict'], string>> = {
  safe: 'breaks no release',
  breaks: 'breaks a release',
  fails: 'does not run',
  'not-sure': 'not sure: the migrations do not produce the schema of the environment',
};
const words: Readonly<Record<ReleasePreview['verdict'], string>> = {
  fits: 'fits',
  breaks: 'would break',
  'fits-after': 'fits after it',
  'does-not-fit': 'does not fit, before and after',
};
const marks: Readonly<Record<ReleasePreview['verdict'], string>> = {
  fits: '✅',
  breaks: '❌',
  'fits-after': '✅',
  'does-not-fit': '⚠️',
};

export function formatPreview(report: PreviewReport): string {
  const { environment, files, releases, differences, appliedFirst } = report;
  const statements = files.flatMap(listStatements);
  return [
    `${environment}: ${summaries[report.verdict]}`,
    ...appliedFirst.map((file) => plainLine(`applied first, because it is pending: ${file}`)),
    ...(statements.length === 0
      ? []
      : [
          '',
          formatTable(
            ['STATEMENT', 'LOCKS', 'REWRITES'],
            statements.map(({ place, locks, rewrites }) => [place, locks, rewrites]),
          ),
        ]),
    ...files.flatMap(sayFailure).map(plainLine),
    ...(releases.length === 0
      ? []
      : [
          '',
          formatTable(
            ['RELEASE', 'WHY', 'VERDICT', 'FINDINGS'],
            releases.map((one) => [one.release, one.standing, words[one.verdict], listFindings(one)]),
          ),
        ]),
    ...(differences.length === 0 ? [] : ['', 'Compared with the environment, the scratch database differs:']),
    ...differences.slice(0, maxRows).map((line) => plainLine(`- ${line}`)),
    ...(differences.length > maxRows ? [`- … and ${differences.length - maxRows} more`] : []),
  ].join('\n');
}

export function formatPreviewAsMarkdown(report: PreviewReport): string {
  const { environment, files, releases, differences, appliedFirst } = report;
  const statements = files.flatMap(listStatements).slice(0, maxRows);
  return [
    `### stk db preview, ${escapeMarkdown(environment)}: ${summaries[report.verdict]}`,
    ...(appliedFirst.length === 0
      ? []
      : [`Applied first, because pending: ${appliedFirst.map(escapeMarkdown).join(', ')}`]),
    ...(releases.length === 0
      ? []
      : [
          markdownTable(
            ['', 'Release', 'Why', 'Verdict', 'Findings'],
            releases
              .slice(0, maxRows)
              .map((one) => [
                marks[one.verdict],
                escapeMarkdown(one.release),
                escapeMarkdown(one.standing),
                words[one.verdict],
                escapeMarkdown(listFindings(one)),
              ]),
          ),
        ]),
    ...(statements.length === 0
      ? []
      : [
          markdownTable(
            ['Statement', 'Locks', 'Rewrites'],
            statements.map(({ place, locks, rewrites }) => [place, locks, rewrites].map(escapeMarkdown)),
          ),
        ]),
    ...files.flatMap(sayFailure).map(escapeMarkdown),
    ...(differences.length === 0
      ? []
      : [
          'Compared with the environment, the scratch database differs:',
          differences
            .slice(0, maxRows)
            .map((line) => `- ${escapeMarkdown(line)}`)
            .join('\n'),
        ]),
  ].join('\n\n');
}

function listStatements({
  file,
  statements,
}: FilePreview): readonly { place: string; locks: string; rewrites: string }[] {
  return statements.map(({ line, statement, locks, rewrites }) => ({
    place: `${file}:${line} ${statement.length > 60 ? `${statement.slice(0, 59)}…` : statement}`,
    locks: locks.map(({ relation, mode }) => `${relation} ${mode}`).join(', '),
    rewrites: rewrites.join(', '),
  }));
}

function sayFailure({ file, failure }: FilePreview): readonly string[] {
  return failure === undefined ? [] : [`${file}:${failure.line}: ${failure.message}`];
}

function listFindings({ findings, verdict }: ReleasePreview): string {
  const shown = findings.filter((one) => verdict === 'fits' || verdict === 'fits-after' || isBlocking(one));
  const named = shown.slice(0, 3).map(({ code, object }) => `${code} ${object}`);
  return [...named, ...(shown.length > named.length ? [`+${shown.length - named.length}`] : [])].join(', ');
}
