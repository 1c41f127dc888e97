// Gate `smoke`: one of the environments of `from` served this content, and its smoke tests passed there.
import { defineGateKind } from '../define-gate-kind.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';

export const smokeKind = defineGateKind<object>({
  kind: 'smoke',
  inHotfix: false,
  schema: { type: 'string', const: 'pass', description: 'pass' },
  read: (_, { from, environment, report }) => {
    if (from.length === 0)
      report(
        '/smoke',
        `"smoke" needs "from": no environment comes before ${environment}, so nothing is tested there`,
      );
    return {};
  },
  evaluate: (_config, { sources, release }): GateAnswer => {
    const said: string[] = [];
    let verdict: GateAnswer['verdict'] = 'pending';
    for (const { environment, state } of sources) {
      if (!state.known) {
        said.push(`The state of ${environment} cannot be read: ${state.why}`);
        verdict = verdict === 'fail' ? 'fail' : 'error';
        continue;
      }
      const { smoke = 'unknown', presence } = state.value;
      if (smoke === 'passed')
        return {
          verdict: 'pass',
          sentence: `${release.id} passed its smoke tests in ${environment}.`,
          evidence: [],
        };
      if (presence === 'never') said.push(`${environment} never served ${release.id}`);
      else if (smoke === 'unknown')
        said.push(`the result of the smoke tests of ${release.id} in ${environment} is unknown`);
      else {
        verdict = 'fail';
        said.push(
          smoke === 'failed'
            ? `${release.id} failed its smoke tests in ${environment}`
            : `${environment} has no smoke tests of ${release.id}`,
        );
      }
    }
    const [first] = sources;
    const help = first === undefined ? {} : { help: `stk smoke --env ${first.environment}` };
    return { verdict, sentence: `${said.join('; ')}.`, evidence: [], ...help };
  },
});
