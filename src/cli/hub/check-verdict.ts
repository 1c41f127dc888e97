// One verdict of `stk release check`: whether a release may go to an environment.
import { meaningOf, StkError } from '../../kernel/errors.ts';
import type { Finding } from '../../model/finding.ts';
import type { ReleaseDiff } from '../../model/release-diff.ts';
import { formatGates } from '../print/gates-report.ts';
import { diffLines } from '../print/release-diff.ts';
import { type GateRow, readGateRows } from './gates-answer.ts';
import { countFindings, formatFindings, readRollbackTargets } from '../print/findings-report.ts';
import { readFindings, type CheckAnswer } from './hub-answers.ts';
import { adviseHub } from './hub-address.ts';
import type { Color } from '../print/output.ts';
import { plainLine, plainText } from '../print/plain-text.ts';

export interface CheckVerdict {
  readonly environment: string;
  /** The pointer's previous release; `null` when none exists, or the check was not about a pointer. */
  readonly from: string | null;
  readonly release: string | null;
  /** `unknown`: cannot be decided now. `removed`: the pointer is gone, and the served release stays. */
  readonly verdict: 'fits' | 'refused' | 'unknown' | 'removed';
  /** Error code, `null` when it fits. */
  readonly code: string | null;
  readonly message: string;
  readonly hint: string | null;
  readonly fingerprint: string | null;
  readonly findings: readonly Finding[];
  /** Problems of the document: `{pointer, detail}`, as the Hub reported them. */
  readonly errors: readonly unknown[];
  /** Earlier releases of the environment that fit now, when the Hub named some. */
  readonly rollbackTargets: readonly string[];
  /** The changes of a pointer's move; `null` when there is nothing to compare with. */
  readonly diff: ReleaseDiff | null;
  /** The Hub's answer about the gates, when it knows the release; empty when none exist. */
  readonly gates: readonly GateRow[];
}

export interface VerdictSubject {
  readonly environment: string;
  readonly from: string | null;
  readonly release: string | null;
}

/** `outcome`: the Hub's answer, its refusal, or `undefined` for a removed pointer. */
export function toVerdict(
  subject: VerdictSubject,
  outcome: CheckAnswer | StkError | undefined,
): CheckVerdict {
  const { environment, from, release } = subject;
  const base = {
    environment,
    from,
    release,
    code: null,
    hint: null,
    fingerprint: null,
    findings: [],
    errors: [],
    rollbackTargets: [],
    diff: null,
    gates: [],
  };
  if (outcome === undefined) {
    return {
      ...base,
      verdict: 'removed',
      message: 'the pointer is removed; the Hub keeps serving what it serves',
    };
  }
  if (!(outcome instanceof StkError)) {
    const { findings } = outcome;
    const fingerprint = outcome.fingerprint ?? null;
    return { ...base, verdict: 'fits', message: `fits (${countFindings(findings)})`, fingerprint, findings };
  }
  const errors: unknown = outcome.details['errors'];
  // The Hub serves other environments: that refuses nothing.
  const isNotServed = outcome.code === 'unknown-environment';
  return {
    ...base,
    verdict: isNotServed || meaningOf(outcome.code).exit === 5 ? 'unknown' : 'refused',
    code: outcome.code,
    message: outcome.message,
    hint: isNotServed ? adviseHub(environment) : (outcome.hint ?? null),
    findings: readFindings(outcome.details['findings']),
    errors: Array.isArray(errors) ? errors : [],
    rollbackTargets: readRollbackTargets(outcome),
    gates: readGateRows(outcome.details['gates']),
  };
}

/** The worst verdict decides. In a range of commits, a missing release is a refusal; by name, it is "not found". */
export function exitCodeOf(verdicts: readonly CheckVerdict[], isRange: boolean): number {
  const refused = verdicts.filter(({ verdict }) => verdict === 'refused');
  const notFound = refused.find(({ code }) => code?.startsWith('unknown-'));
  if (!isRange && notFound !== undefined) return 4;
  if (refused.length > 0) return 3;
  return verdicts.some(({ verdict }) => verdict === 'unknown') ? 5 : 0;
}

const signs: Readonly<Record<CheckVerdict['verdict'], readonly [string, Color]>> = {
  fits: ['fits', 'green'],
  refused: ['refused', 'red'],
  unknown: ['cannot tell', 'yellow'],
  removed: ['removed', 'yellow'],
};

export function formatVerdicts(
  verdicts: readonly CheckVerdict[],
  paint: (color: Color, text: string) => string,
): string {
  if (verdicts.length === 0) return 'no pointer changed';
  return verdicts.map((verdict) => formatVerdict(verdict, paint)).join('\n\n');
}

function formatVerdict(verdict: CheckVerdict, paint: (color: Color, text: string) => string): string {
  const [sign, color] = signs[verdict.verdict];
  const move = [verdict.from, verdict.release ?? 'nothing'].filter((part) => part !== null).join(' -> ');
  const head = `${paint(color, sign)}  ${paint('bold', verdict.environment)}  ${plainLine(move)}`;
  const findings = formatFindings(verdict, paint);
  const parts = [
    head,
    `      ${plainText(verdict.message).replaceAll('\n', '\n      ')}`,
    ...(findings === '' ? [] : ['', findings]),
    ...(verdict.diff === null ? [] : ['', ...diffLines(verdict.diff).map((line) => `      ${line}`)]),
    ...(verdict.gates.length === 0 ? [] : ['', formatGates(verdict.gates)]),
    ...(verdict.hint === null ? [] : [`hint: ${plainLine(verdict.hint)}`]),
  ];
  return parts.join('\n');
}
