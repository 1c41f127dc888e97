// The reasons of conditions: CamelCase codes without values, also the labels of metrics. docs/status.md explains each
// one; a test compares the two.
import type { ConditionStatus, ConditionType } from '../../model/condition.ts';

/** What a stopped reconcile waits for: a change of its inputs, a growing pause, or a short interval. */
export type Again = 'on-change' | 'back-off' | 'interval';

interface StopMeaning {
  /** The condition that the stop is about, and its status. */
  readonly condition: ConditionType;
  readonly status: ConditionStatus;
  readonly again: Again;
}

const stop = (condition: ConditionType, status: ConditionStatus, again: Again): StopMeaning => ({
  condition,
  status,
  again,
});

/** Why a reconcile stopped before it activated. */
export const stopTable = {
  EnvironmentRemoved: stop('PointerValid', 'False', 'on-change'),
  PointerMissing: stop('PointerValid', 'False', 'on-change'),
  PointerInvalid: stop('PointerValid', 'False', 'on-change'),
  PointerUnreadable: stop('PointerValid', 'False', 'back-off'),
  ReleaseMissing: stop('ReleaseValid', 'False', 'on-change'),
  ReleaseInvalid: stop('ReleaseValid', 'False', 'on-change'),
  ReleaseMutated: stop('ReleaseValid', 'False', 'on-change'),
  ReleaseUnreadable: stop('ReleaseValid', 'False', 'back-off'),
  Untrusted: stop('Admitted', 'False', 'on-change'),
  Vetoed: stop('Admitted', 'False', 'on-change'),
  Frozen: stop('Admitted', 'False', 'on-change'),
  PolicyAndPointer: stop('Admitted', 'False', 'on-change'),
  CanaryNeedsStable: stop('Admitted', 'False', 'on-change'),
  Held: stop('Admitted', 'False', 'on-change'),
  GateFailed: stop('Admitted', 'False', 'on-change'),
  GatePending: stop('Admitted', 'False', 'on-change'),
  SecretUnset: stop('DatabaseReachable', 'False', 'on-change'),
  DatabaseUnavailable: stop('DatabaseReachable', 'False', 'back-off'),
  Incompatible: stop('Compatible', 'False', 'interval'),
  DatabaseBusy: stop('Compatible', 'Unknown', 'back-off'),
  CheckTimeout: stop('Compatible', 'Unknown', 'back-off'),
  SchemaChanging: stop('Compatible', 'Unknown', 'back-off'),
  MigrationRunning: stop('Compatible', 'Unknown', 'back-off'),
  RoleNotAssumable: stop('Compatible', 'Unknown', 'back-off'),
  SmokeFailed: stop('SmokePassed', 'False', 'interval'),
  Undone: stop('Admitted', 'False', 'on-change'),
  GitFailed: stop('PointerValid', 'Unknown', 'back-off'),
  InternalError: stop('PointerValid', 'Unknown', 'back-off'),
} as const satisfies Record<string, StopMeaning>;

export type StopReason = keyof typeof stopTable;

/** Reasons that stop nothing, by condition and its status. */
export const otherReasons = {
  Ready: { Serving: 'True', NoLongerFits: 'False', Reconciling: 'Unknown' },
  PointerValid: { PointerRead: 'True', NotObserved: 'Unknown' },
  ReleaseValid: { ReleaseLoaded: 'True', NotReached: 'Unknown' },
  Admitted: {
    NothingToAdmit: 'True',
    ServedBeside: 'True',
    RanBefore: 'True',
    NoGates: 'True',
    GatesPassed: 'True',
    HotfixApproved: 'True',
    NotReached: 'Unknown',
  },
  DatabaseReachable: { Answering: 'True', NotReached: 'Unknown' },
  Compatible: { CheckPassed: 'True', NotReached: 'Unknown' },
  SmokePassed: { TestsPassed: 'True', NoTestsRan: 'True', NotReached: 'Unknown' },
  ServedFromDisk: {
    ServedFromDisk: 'True',
    Confirmed: 'False',
    NothingServed: 'False',
    NotRecorded: 'False',
    RecordCorrupt: 'False',
  },
  Drifted: { NoLongerFits: 'True', Fits: 'False', NotChecked: 'Unknown' },
  InitApplied: { InitNotApplied: 'False' },
  ServedVetoed: { VetoedWhileServed: 'True', NotVetoed: 'False' },
  RepositoryReachable: {
    Reading: 'True',
    NotRead: 'Unknown',
    RepositoryUnreadable: 'False',
    RefMissing: 'False',
    ObjectCorrupt: 'False',
    FetchFailed: 'False',
  },
  ProjectValid: {
    InForce: 'True',
    InForceWithWarnings: 'True',
    NotRead: 'Unknown',
    ProjectMissing: 'False',
    ProjectInvalid: 'False',
    InsecureProject: 'False',
    ProjectUnsigned: 'False',
    ProjectFromDisk: 'Unknown',
  },
  RecordsIntact: {
    Intact: 'True',
    NoRecords: 'True',
    NotRead: 'Unknown',
    RecordsUnreadable: 'Unknown',
    BranchRewritten: 'False',
    RecordChanged: 'False',
    SinceNotOnBranch: 'False',
    BranchDeleted: 'False',
  },
  RecordsWritable: {
    Written: 'True',
    NotWritten: 'Unknown',
    EventsWait: 'False',
    SigningKeyMissing: 'False',
  },
  RollbackTargets: { Unchanged: 'True', NoTargets: 'True', TargetsLost: 'False', NotChecked: 'Unknown' },
  RollbackPending: {
    WorkTreeDirty: 'True',
    PushRefused: 'True',
    SigningKeyMissing: 'True',
    NotCommitted: 'True',
  },
  HubCannotCommit: { SigningKeyMissing: 'True' },
  ProposalPending: {
    PushRefused: 'True',
    ForgeRefused: 'True',
    ForgeUnavailable: 'True',
    TokenMissing: 'True',
    NotProposed: 'True',
  },
  Baked: {
    Baking: 'Unknown',
    BakeWithoutRecord: 'Unknown',
    BakeUndecided: 'Unknown',
    BakePassed: 'True',
    BakeBreached: 'False',
  },
  Triggered: { TriggerFires: 'True', NoTriggerFires: 'False', QuestionFailed: 'Unknown' },
  HistoryRewritten: { Rewound: 'True', ForcePushed: 'True', Linear: 'False' },
} as const satisfies Record<ConditionType, Record<string, ConditionStatus>>;
