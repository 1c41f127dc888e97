// Triggers as set in stk.yaml: what is watched in an environment, and what the Hub does when it fails. Times are
// milliseconds and shares fractions of one.

export interface Trigger {
  readonly name: string;
  readonly test: TriggerTest;
  readonly do: TriggerAction;
  /** How long after an activation it may roll back; afterwards it alerts. */
  readonly withinMs: number;
}

export const triggerActions = ['rollback', 'freeze', 'alert'] as const;
export type TriggerAction = (typeof triggerActions)[number];

/** What is watched, with its limits. */
export type TriggerTest =
  /** The database does not answer, or the release does not fit it, for `forMs`. */
  | { readonly kind: 'health'; readonly forMs: number }
  /** The smoke tests, run every `everyMs`, fail for `forMs`. */
  | { readonly kind: 'smoke'; readonly everyMs: number; readonly forMs: number }
  /** The share of failed calls of these operations is higher than before the activation by `increase`. */
  | { readonly kind: 'errors'; readonly operations: readonly string[]; readonly increase: number }
  /** The one value of the statement is not `expect`. */
  | {
      readonly kind: 'integrity';
      readonly sql: string;
      readonly expect: string | number | boolean | null;
      readonly everyMs: number;
    }
  /** The files of the environment do not fit the release. */
  | { readonly kind: 'files'; readonly everyMs: number }
  /** A value of the query is above `above` for `forMs`. */
  | {
      readonly kind: 'prometheus';
      readonly url: string;
      readonly query: string;
      readonly above: number;
      readonly forMs: number;
    };

export type TestOfKind<Kind extends TriggerTest['kind']> = Extract<TriggerTest, { readonly kind: Kind }>;
