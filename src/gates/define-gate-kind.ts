// Makes a gate kind from its definition: settings are read once, when stk.yaml is parsed, and evaluated as often as
// needed.
import type { TreeMap } from '../documents/yaml/document-tree.ts';
import type { DocumentSchema } from '../documents/schemas/document-schema.ts';
import type { GateContext, GateKind } from '../documents/project/gate-kind.ts';
import type { GateAnswer } from '../model/pipeline/gate.ts';
import type { GateFacts } from '../model/pipeline/gate-facts.ts';

interface GateDefinition<Config> {
  readonly kind: string;
  readonly schema: DocumentSchema;
  /** Keys that are allowed beside the kind's own. */
  readonly beside?: Readonly<Record<string, DocumentSchema>>;
  /** Whether a hotfix needs it as well. */
  readonly inHotfix: boolean;
  /** Reads and judges the settings; reports problems through the context. */
  readonly read: (entry: TreeMap, context: GateContext) => Config;
  /** Pure. */
  readonly evaluate: (config: Config, facts: GateFacts) => GateAnswer;
}

export function defineGateKind<Config>(definition: GateDefinition<Config>): GateKind {
  const { kind, schema, beside = {}, inHotfix, read, evaluate } = definition;
  return {
    kind,
    schema,
    beside,
    inHotfix,
    configure: (entry, context) => {
      const config = read(entry, context);
      return (facts) => evaluate(config, facts);
    },
  };
}
