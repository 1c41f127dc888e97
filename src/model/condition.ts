// Conditions of an environment, as the control plane shows them. docs/status.md documents every type and reason.

export type ConditionType =
  /** Desired equals serving, and there is no problem. */
  | 'Ready'
  /** The pointer could be read and names a release. */
  | 'PointerValid'
  /** The release that the pointer names exists, parses and is unchanged. */
  | 'ReleaseValid'
  /** The pointer's move may take effect: gates, freezes, vetoes, holds. */
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
  /** The served release comes from disk and has not been confirmed against git or the database since the start. */
  | 'ServedFromDisk'
  /** The database changed, so that the serving release no longer fits it. */
  | 'Drifted'
  /** Every file of `init` has run on the embedded database. Only shown while one has not. */
  | 'InitApplied'
  /** A veto names the served release. With a pipeline only. */
  | 'ServedVetoed'
  /** The records branch has only ever grown. With a pipeline only. */
  | 'RecordsIntact'
  /** The Hub's events reach the records branch. With a pipeline only. */
  | 'RecordsWritable'
  /** The files of rollback targets are unchanged since a pointer named them. */
  | 'RollbackTargets'
  /** The Hub has undone a move, but could not commit that yet. Only shown while that is so. */
  | 'RollbackPending'
  /** The Hub has undone a move, but has no key for the signature that its commit needs. Only shown while that is so. */
  | 'HubCannotCommit'
  /**
   * A proposal or a check of a pull request, required by stk.yaml, could not be made yet. Only shown while that is so.
   */
  | 'ProposalPending'
  /** A promoted release was compared with the previous one. With `bake` only. */
  | 'Baked'
  /** A trigger of the environment fires. With `triggers`, and while this Hub watches. */
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
