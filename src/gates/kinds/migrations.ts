// Gate `migrations`: the environment's migrations are where the release needs them: applied, unchanged, known. Each
// pending one has a way down and keeps the data, or has a waiver.
import { mapOf, textsOf } from '../../documents/yaml/tree-reader.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { GateFacts } from '../../model/pipeline/gate-facts.ts';
import { defineGateKind } from '../define-gate-kind.ts';

interface MigrationsConfig {
  /** Codes of findings that it accepts. */
  readonly allow: readonly string[];
}

/** There is no event when a migration was applied. */
const askAgain = 30_000;
const shown = 5;

export const migrationsKind = defineGateKind<MigrationsConfig>({
  kind: 'migrations',
  inHotfix: true,
  schema: {
    type: ['object', 'boolean', 'string'],
    pattern: '^pass$',
    description: 'pass (or true), or { allow: [MIG003] }: findings that it accepts',
    properties: {
      allow: {
        type: 'array',
        maxItems: 5,
        items: {
          type: 'string',
          enum: ['MIG001', 'MIG002', 'MIG003', 'MIG005', 'MIG006'],
          description: 'a code of docs/findings.md',
        },
        description: 'codes of findings that it accepts',
      },
    },
    additionalProperties: false,
  },
  read: (entry) => ({ allow: textsOf(mapOf(entry, 'migrations'), 'allow') }),
  evaluate: evaluateMigrations,
});

function evaluateMigrations(
  { allow }: MigrationsConfig,
  { environment, migrations, release, now }: GateFacts,
): GateAnswer {
  const help = `stk db status --env ${environment}`;
  const again = now + askAgain;
  if (migrations === undefined || !migrations.known) {
    const why = migrations?.why ?? `environments.${environment} of stk.yaml has no key migrations`;
    return {
      verdict: 'error',
      sentence: `The migrations of ${environment} cannot be read: ${why}.`,
      evidence: [],
      help,
    };
  }
  const found = migrations.value.filter(({ code }) => !allow.includes(code));
  if (found.length === 0) {
    const sentence = `${environment} has the migrations that ${release.id} needs.`;
    return { verdict: 'pass', sentence, evidence: [], again };
  }
  const named = found.slice(0, shown).map(({ code, object, actual }) => `${code} ${object} (${actual})`);
  const more = found.length > shown ? `; and ${found.length - shown} more` : '';
  const sentence = `${named.join('; ')}${more}.`;
  if (found.some(({ code }) => code === 'MIG004')) return { verdict: 'error', sentence, evidence: [], help };
  // Applying a migration resolves these two; the others need another file or a waiver.
  const isPending = found.every(({ code }) => code === 'MIG001');
  return { verdict: isPending ? 'pending' : 'fail', sentence, evidence: [], help, again };
}
