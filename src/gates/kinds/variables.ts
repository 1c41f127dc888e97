// Gate `variables`: every environment variable that stk.yaml and the release name by `…From`, and those listed here, is set for
// this Hub. It names variables and never shows a value.
import { variableSchema } from '../../documents/schemas/value-schemas.ts';
import { textsOf } from '../../documents/yaml/tree-reader.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import { defineGateKind } from '../define-gate-kind.ts';

export const variablesKind = defineGateKind<readonly string[]>({
  kind: 'variables',
  inHotfix: true,
  schema: {
    type: 'array',
    maxItems: 200,
    description:
      'further variables that must be set for the Hub; [] to check only those that …From keys name',
    items: variableSchema,
  },
  read: (entry) => textsOf(entry, 'variables'),
  evaluate: (listed, { variables }): GateAnswer => {
    if (variables === undefined)
      return { verdict: 'error', sentence: 'The variables of the Hub are unknown.', evidence: [] };
    const names = [...new Set([...variables.named, ...listed])].toSorted();
    const missing = names.filter((name) => !variables.set.has(name));
    if (missing.length === 0)
      return { verdict: 'pass', sentence: `${count(names.length)} set for this Hub.`, evidence: [] };
    const sentence = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set for this Hub, or a later commit named ${missing.length === 1 ? 'it' : 'them'} and --secrets does not allow that.`;
    return { verdict: 'pending', sentence, evidence: [] };
  },
});

function count(names: number): string {
  return names === 1 ? 'The one variable is' : `All ${names} variables are`;
}
