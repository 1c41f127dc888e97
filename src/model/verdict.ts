// What the check concludes about one release and one database.
import type { Finding } from './finding.ts';

export type Verdict =
  /** No finding blocks. `findings` holds warnings, information and accepted ones. */
  | { readonly kind: 'compatible'; readonly fingerprint: string; readonly findings: readonly Finding[] }
  | { readonly kind: 'incompatible'; readonly fingerprint: string; readonly findings: readonly Finding[] }
  /** Cannot tell now: a lock wait, a timeout, the schema changing under the check, the role not assumable. */
  | {
      readonly kind: 'indeterminate';
      readonly reason: 'busy' | 'timeout' | 'schema-changing' | 'migration-running' | 'role';
      readonly message: string;
      readonly findings: readonly Finding[];
    }
  | { readonly kind: 'unavailable'; readonly message: string };
