// Gate `analysis`: the newest canary of this content passed, or an authorised person promotes one whose analysis ended
// without a verdict. `from` implies it when it names a canary.
import { defineGateKind } from '../define-gate-kind.ts';
import type { Gate, GateAnswer } from '../../model/pipeline/gate.ts';
import type { CanaryHistory, GateFacts } from '../../model/pipeline/gate-facts.ts';
import { holdsOneOf, type People } from '../../model/pipeline/people.ts';

interface AnalysisConfig {
  readonly people: People | undefined;
}

/** Also the name of the implied gate, and the gate that an approval of the analysis names. */
export const analysisGateName = 'analysis';

export const analysisKind = defineGateKind<AnalysisConfig>({
  kind: analysisGateName,
  inHotfix: false,
  schema: { type: 'string', const: 'pass', description: 'pass' },
  read: (_, { people }) => ({ people }),
  evaluate: evaluateAnalysis,
});

/** For an environment whose `from` names a canary, and that does not list the gate itself. */
export function analysisGate(people: People | undefined): Gate {
  return {
    name: analysisGateName,
    kind: analysisGateName,
    settings: 'pass',
    inHotfix: false,
    evaluate: (facts) => evaluateAnalysis({ people }, facts),
  };
}

function evaluateAnalysis({ people }: AnalysisConfig, facts: GateFacts): GateAnswer {
  const { canary, release, sources } = facts;
  if (canary === undefined) {
    const sentence = 'No environment of "from" is a canary, so there is no analysis.';
    return { verdict: 'fail', sentence, evidence: [] };
  }
  if (!canary.known)
    return { verdict: 'error', sentence: `The canary's events cannot be read: ${canary.why}`, evidence: [] };
  const { environment, hasAnalysis, newest } = canary.value;
  const elsewhere = sources.find(
    (one) =>
      one.environment !== environment &&
      one.state.known &&
      (one.state.value.presence === 'now' || one.state.value.presence === 'promoted-away'),
  );
  if (elsewhere !== undefined) {
    const sentence = `${release.id} comes from ${elsewhere.environment}, which is not a canary.`;
    return { verdict: 'pass', sentence, evidence: [] };
  }
  const evidence = newest === undefined || newest.path === '' ? [] : [newest.path];
  const said = newest === undefined || newest.sentence === '' ? '' : ` ${newest.sentence}`;
  if (newest === undefined) {
    const sentence = `No canary of ${release.id} began in ${environment} yet.`;
    const help = `stk release promote --to ${environment} --release-id ${release.id}`;
    return { verdict: 'pending', sentence, evidence, help };
  }
  switch (newest.outcome) {
    case 'passed':
      return { verdict: 'pass', sentence: `The canary of ${release.id} passed.${said}`, evidence };
    case 'failed':
    case 'aborted': {
      const word = newest.outcome === 'failed' ? 'failed' : 'was aborted';
      const help = `stk release promote --to ${environment} --release-id ${release.id}`;
      return { verdict: 'fail', sentence: `The canary of ${release.id} ${word}.${said}`, evidence, help };
    }
    case 'started':
      return newest.isUndecided || !hasAnalysis
        ? askPerson(people, facts, { canary: canary.value, since: newest.at, evidence })
        : {
            verdict: 'pending',
            sentence: `The canary of ${release.id} in ${environment} has no verdict yet.`,
            evidence,
            help: `stk canary status --env ${environment}`,
          };
  }
}

interface Undecided {
  readonly canary: CanaryHistory;
  /** When the canary began: earlier approvals were for another one. */
  readonly since: number;
  readonly evidence: readonly string[];
}

function askPerson(
  people: People | undefined,
  { evidence: records, environment, release }: GateFacts,
  { canary, since, evidence }: Undecided,
): GateAnswer {
  const help = `stk canary promote --env ${canary.environment} --reason WHY`;
  const why = canary.hasAnalysis
    ? `The analysis of ${release.id} ended without a verdict`
    : `Nothing analyses the canary ${canary.environment}`;
  if (!records.known)
    return { verdict: 'error', sentence: `The records cannot be read: ${records.why}`, evidence };
  const newest = records.value.judgements.findLast(
    ({ record }) =>
      record.environment === environment &&
      record.gate === analysisGateName &&
      record.at >= since &&
      holdsOneOf(people, canary.override, record.by),
  );
  if (newest?.record.record === 'approval')
    return {
      verdict: 'pass',
      sentence: `${why}, and ${newest.record.by} promoted it.`,
      evidence: [...evidence, newest.path],
    };
  const who =
    canary.override.length === 0 ? 'nobody may override it' : `one of ${canary.override.join(', ')} decides`;
  return { verdict: 'pending', sentence: `${why}: ${who}.`, evidence, help };
}
