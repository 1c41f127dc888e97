// A record of what prod served last, as the Hub keeps it on disk. Name only what the test is about.
import { defaultLimits } from '../../../src/documents/project/parse-project.ts';
import type { LastKnownGood } from '../../../src/reconciler/state/last-known-good.ts';

export function aLastKnownGood(parts: Partial<LastKnownGood> = {}): LastKnownGood {
  return {
    environment: 'prod',
    release: 'v1',
    digest: 'd1',
    blob: 'b1',
    revision: 'c1',
    text: 'release: v1\nnotes: "a\\nb"\n',
    settings: {
      name: 'prod',
      database: { kind: 'server', urlFrom: 'PROD_URL', schema: 'public', role: undefined },
      compatibility: 'normal',
      onDrift: 'warn',
      accept: [],
      migrationLock: undefined,
      migrations: undefined,
      files: undefined,
      smoke: [],
      onSmokeFailure: 'rollback',
      lastKnownGood: { for: 600_000, tags: [] },
    },
    limits: defaultLimits,
    ...parts,
  };
}
