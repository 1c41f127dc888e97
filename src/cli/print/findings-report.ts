// Findings as text for a person who has to act on them: one block for each affected object, blocking ones first.
import type { StkError } from '../../kernel/errors.ts';
import { isBlocking, type Finding } from '../../model/finding.ts';
import type { Color } from './output.ts';
import { plainLine, plainText } from './plain-text.ts';

type Paint = (color: Color, text: string) => string;

/** The most operations named for one finding. */
const shownOperations = 6;

/** `2 findings block, 1 warning`; `no findings`. */
export function countFindings(findings: readonly Finding[]): string {
  const blocking = findings.filter(isBlocking).length;
  const accepted = findings.filter((finding) => finding.accepted !== undefined).length;
  const warnings = findings.filter((finding) => finding.severity === 'warn' && !finding.accepted).length;
  const rest = findings.length - blocking - accepted - warnings;
  const parts = [
    blocking === 0 ? '' : `${blocking} blocking ${blocking === 1 ? 'finding' : 'findings'}`,
    warnings === 0 ? '' : `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
    accepted === 0 ? '' : `${accepted} accepted`,
    rest === 0 ? '' : `${rest} for information`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

export interface FindingsReport {
  readonly findings: readonly Finding[];
  /** Releases that fit and that the environment can roll back to; shown below the findings. */
  readonly rollbackTargets?: readonly string[];
}

/**
 * Blocks of aligned lines; '' without findings. Below them, a suggested migration that can be copied, and the rollback
 * targets if known.
 */
export function formatFindings({ findings, rollbackTargets = [] }: FindingsReport, paint: Paint): string {
  const groups = groupByObject(findings);
  const blocks = groups.map((group) => group.map((finding) => formatFinding(finding, paint)).join('\n'));
  const migrations = suggestedMigrations(findings);
  if (migrations.length > 0) {
    const lines = migrations.map((sql) => indent(plainText(sql), '    '));
    blocks.push(`${paint('bold', nameMigration(findings))} (read it first)\n${lines.join('\n')}`);
  }
  if (rollbackTargets.length > 0 && blocks.length > 0) {
    blocks.push(
      `${paint('bold', 'Meanwhile you can roll back to')} ${plainLine(rollbackTargets.join(', '))}`,
    );
  }
  return blocks.join('\n\n');
}

/** The releases in the Hub's refusal; empty when none exist. */
export function readRollbackTargets({ details }: Pick<StkError, 'details'>): readonly string[] {
  const targets = details['rollbackTargets'];
  return Array.isArray(targets) ? targets.filter((target) => typeof target === 'string') : [];
}

/** Whether the suggested statements are enough: every blocking finding has one. */
export function nameMigration(findings: readonly Finding[]): string {
  const isWhole = findings.filter(isBlocking).every(({ migration }) => migration !== undefined);
  return `${isWhole ? 'A migration' : 'Part of a migration'} that would make the database fit`;
}

/** Statements that would make the database fit, each once. */
export function suggestedMigrations(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.filter(isBlocking).flatMap((finding) => finding.migration ?? []))];
}

/** Findings on one object have one root cause; blocking objects come first. */
export function groupByObject(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings.toSorted((a, b) => rank(a) - rank(b))) {
    const group = groups.get(finding.object);
    if (group === undefined) groups.set(finding.object, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}

/** `block`, `warn`, `info`, or `accepted` when the environment accepts it. */
export function weightOf(finding: Finding): string {
  return finding.accepted === undefined ? finding.severity : 'accepted';
}

function rank(finding: Finding): number {
  return ['block', 'warn', 'accepted', 'info'].indexOf(weightOf(finding));
}

function formatFinding(finding: Finding, paint: Paint): string {
  const color: Color = isBlocking(finding) ? 'red' : finding.severity === 'info' ? 'dim' : 'yellow';
  const rows: readonly (readonly [string, string])[] = [
    ['expected', finding.expected],
    ['actual', finding.actual],
    ['operations', nameOperations(finding.operations)],
    ['in its SQL', nameLocations(finding.locations ?? [])],
    ['SQLSTATE', finding.sqlstate ?? ''],
    ['accepted', finding.accepted ? `${finding.accepted.reason} (until ${finding.accepted.until})` : ''],
    ['do', finding.hint],
  ];
  const head = `${paint(color, `${weightOf(finding).padEnd(5)} ${finding.code} ${finding.slug}`)}  ${paint('bold', plainLine(finding.object))}`;
  const lines = rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `      ${name.padEnd(10)}  ${plainLine(value)}`);
  return [head, ...lines].join('\n');
}

/** `customers.get line 2, column 14`; lines count from the beginning of the operation's SQL. */
function nameLocations(locations: NonNullable<Finding['locations']>): string {
  const shown = locations
    .slice(0, shownOperations)
    .map(({ operation, line, column }) => `${operation} line ${line}, column ${column}`);
  const more = locations.length - shown.length;
  return shown.join('; ') + (more > 0 ? ` and ${more} more` : '');
}

function nameOperations(operations: readonly string[]): string {
  const shown = operations.slice(0, shownOperations).join(', ');
  const more = operations.length - shownOperations;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function indent(text: string, by: string): string {
  return text
    .split('\n')
    .map((line) => by + line)
    .join('\n');
}
