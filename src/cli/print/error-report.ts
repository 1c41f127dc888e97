// A failure for the operator: what happened, its findings or problems, what to do next; or as JSON.
import { meaningOf, type StkError } from '../../kernel/errors.ts';
import { readGateRows } from '../hub/gates-answer.ts';
import { readFindings } from '../hub/hub-answers.ts';
import { formatFindings, readRollbackTargets } from './findings-report.ts';
import { formatGates } from './gates-report.ts';
import type { Output } from './output.ts';
import { plainLine, plainText } from './plain-text.ts';

/** Writes it to stderr, and with --json to stdout as well; returns the exit code. */
export function reportError(output: Output, error: StkError): number {
  if (output.json) output.result(errorJson(error), '');
  const findings = formatFindings(
    {
      findings: readFindings(error.details['findings']),
      rollbackTargets: readRollbackTargets(error),
    },
    output.onStderr,
  );
  const gates = formatGates(readGateRows(error.details['gates']));
  const problems = problemLines(error.details['errors']);
  output.narrate(`${output.onStderr('red', 'error:')} ${plainText(error.message)}`);
  if (findings !== '') output.narrate(`\n${findings}\n`);
  if (gates !== '') output.narrate(`\n${gates}\n`);
  for (const line of problems) output.narrate(`  ${line}`);
  if (error.hint !== undefined)
    output.narrate(`${output.onStderr('bold', 'hint:')} ${plainText(error.hint)}`);
  return meaningOf(error.code).exit;
}

/** `{error: {code, message, hint, retryable, …}}`, with `committed` and `revision` when they are known. */
export function errorJson(error: StkError): unknown {
  const { committed, revision, again: _again, ...details } = error.details;
  const isMade = committed === true || committed === 'unknown';
  return {
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint ?? null,
      retryable: meaningOf(error.code).retryable,
      ...details,
      // Before a commit, this is the Hub's revision.
      ...(isMade || revision === undefined ? {} : { revision }),
    },
    // `null` when a push without an answer may have succeeded.
    committed: committed === 'unknown' ? null : committed === true,
    revision: isMade ? (revision ?? null) : null,
  };
}

function problemLines(problems: unknown): readonly string[] {
  if (!Array.isArray(problems)) return [];
  return problems.slice(0, 50).flatMap((problem: unknown) => {
    if (typeof problem !== 'object' || problem === null) return [];
    const { pointer, detail } = problem as { pointer?: unknown; detail?: unknown };
    if (typeof detail !== 'string') return [];
    return [plainLine(typeof pointer === 'string' && pointer !== '' ? `${pointer}: ${detail}` : detail)];
  });
}
