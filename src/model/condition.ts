// Conditions of an environment, as the control plane shows them. docs/status.md documents every type and reason.

export type ConditionType =
  /** desired = serving and nothing stands against it. */
  | 'Ready'
  /** The pointer could be read and names a release. */
  | 'PointerValid'
  /** The release that the pointer names exists, parses and is unchanged. */
  | 'ReleaseValid'
  /** The move that the pointer asks for may take effect: gates, freezes, vetoes, holds. */
  | 'Admitted'
  /** The release fits the environment's database. */
  | 'Compatible'
  /** The smoke tests of the release and of the environment passed, or there are none. */
  | 'SmokePassed'
  /** The environment's database answers. */
  | 'DatabaseReachable'
  /** The config repo can be read (and, for a URL, fetched). */
  | 'RepositoryReachable'
  /** stk.yaml of the observed revision is the one in force. */
  | 'ProjectValid'
  /** What is served comes from disk and has not been confirmed against git or the database since the start. */
  | 'ServedFromDisk'
  /** The database changed under the serving release so that it no longer fits. */
  | 'Drifted'
  /** Every file of `init` has run on the embedded database. Shown while one has not. */
  | 'InitApplied'
  /** A veto names the release that is served, where a pipeline is configured. */
  | 'ServedVetoed'
  /** The records branch only ever grew, where a pipeline is configured. */
  | 'RecordsIntact'
  /** The Hub's events reach the records branch, where a pipeline is configured. */
  | 'RecordsWritable'
  /** The releases that the environment can be rolled back to are what they were when a pointer named them. */
  | 'RollbackTargets'
  /** The Hub has undone a move by itself, and could not commit that yet. Shown while it is so. */
  | 'RollbackPending'
  /** A proposal or a check of a pull request could not be made yet, where stk.yaml asks for them. Shown while it is so. */
  | 'ProposalPending'
  /** A release was compared with the one before it after its promotion, where stk.yaml has `bake`. */
  | 'Baked'
  /** A trigger of the environment fires, where stk.yaml has `triggers` and this Hub watches. */
  | 'Triggered'
  /** The followed branch was rewound or force-pushed. */
  | 'HistoryRewritten';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  readonly type: ConditionType;
  readonly status: ConditionStatus;
  /** A CamelCase code; also the label of metrics. Never contains values. */
  readonly reason: string;
  /** For people, with the values. */
  readonly message: string;
  /** RFC 3339: when `status` last changed. */
  readonly since: string;
}
