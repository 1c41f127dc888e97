// The check's conclusion about one release and one database.
import type { Finding } from './finding.ts';

export type Verdict =
  /** No finding blocks. `findings` has warnings, information and accepted ones. */
  | { readonly kind: 'compatible'; readonly fingerprint: string; readonly findings: readonly Finding[] }
  | { readonly kind: 'incompatible'; readonly fingerprint: string; readonly findings: readonly Finding[] }
  /** Cannot be decided now: a lock wait, a timeout, a schema that changed during the check, a role that cannot be assumed. */
  | {
      readonly kind: 'indeterminate';
      readonly reason: 'busy' | 'timeout' | 'schema-changing' | 'migration-running' | 'role';
      readonly message: string;
      readonly findings: readonly Finding[];
    }
  | { readonly kind: 'unavailable'; readonly message: string };
