// Gate `expression`: a CEL expression over release, environment, from, checks and now is true.
import {
  compileExpression,
  explainExpressionError,
  type Expression,
  maxExpression,
  maxNotes,
} from '../cel.ts';
import { defineGateKind } from '../define-gate-kind.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { GateFacts } from '../../model/pipeline/gate-facts.ts';
import { textOf } from '../../documents/yaml/tree-reader.ts';

/** Milliseconds until an expression that reads the time is evaluated again. */
const lookAgain = 60_000;

interface ExpressionConfig {
  readonly text: string;
  /** `undefined` when a problem has been reported. */
  readonly expression: Expression | undefined;
}

export const expressionKind = defineGateKind<ExpressionConfig>({
  kind: 'expression',
  inHotfix: true,
  schema: {
    type: 'string',
    minLength: 1,
    maxLength: maxExpression,
    description: 'a CEL expression, such as size(release.notes) > 0',
  },
  read: (entry, { report }) => {
    const text = textOf(entry, 'expression') ?? '';
    if (text === '' || text.length > maxExpression) return { text, expression: undefined };
    try {
      return { text, expression: compileExpression(text) };
    } catch (error) {
      report(
        '/expression',
        `this is not a CEL expression that can be used: ${explainExpressionError(error)}`,
      );
      return { text, expression: undefined };
    }
  },
  evaluate: ({ text, expression }, facts): GateAnswer => {
    if (expression === undefined)
      return { verdict: 'error', sentence: `${text} is not an expression that can be used.`, evidence: [] };
    const { evidence, now } = facts;
    if (!evidence.known)
      return { verdict: 'error', sentence: `The records cannot be read: ${evidence.why}`, evidence: [] };
    const result = expression.evaluate(valuesOf(facts));
    const again = expression.readsTime ? now + lookAgain : undefined;
    if (!result.ok)
      return {
        verdict: 'error',
        sentence: `${text} cannot be evaluated: ${result.why}`,
        evidence: [],
        again,
      };
    if (result.value) return { verdict: 'pass', sentence: `${text} is true.`, evidence: [], again };
    return {
      verdict: expression.readsTime ? 'pending' : 'fail',
      sentence: `${text} is false.`,
      evidence: [],
      again,
    };
  },
});

function valuesOf({ release, environment, sources, evidence, now }: GateFacts): Record<string, unknown> {
  const checks = new Map<string, unknown>();
  for (const { record } of evidence.known ? evidence.value.checks : []) {
    const { name, status, values, at, by, runId = '', url = '' } = record;
    checks.set(name, { status, values: new Map(values), at: new Date(at), by, runId, url });
  }
  return {
    release: {
      id: release.id,
      digest: release.digest,
      ref: release.ref,
      createdAt: new Date(release.createdAt),
      notes: release.notes.slice(0, maxNotes),
      authors: [...release.authors],
    },
    environment,
    from: sources.map((source) => source.environment),
    checks,
    now: new Date(now),
  };
}
