// The conditions of an environment, computed in one place from its state. Pure; reasons.ts names the reasons and
// docs/status.md explains them.
import type { Condition, ConditionStatus, ConditionType } from '../../model/condition.ts';
import type { Finding } from '../../model/finding.ts';
import { describeFailure } from '../../smoke/run-smoke.ts';
import { explain, isUnfinished } from '../stages/stage.ts';
import { servingOf, type EnvironmentState } from './environment-state.ts';
import { stopTable } from './reasons.ts';

/** A condition whose `since` is not known yet. */
export type Claim = Omit<Condition, 'since'>;

/** In the order in which a reconcile settles them. */
const settledInOrder = [
  { type: 'PointerValid', reason: 'PointerRead', message: 'The pointer names a release.' },
  { type: 'ReleaseValid', reason: 'ReleaseLoaded', message: 'The release exists, parses and is unchanged.' },
  { type: 'Admitted', reason: 'NothingToAdmit', message: 'The pointer names the serving release.' },
  { type: 'DatabaseReachable', reason: 'Answering', message: 'The database answers.' },
  { type: 'Compatible', reason: 'CheckPassed', message: 'The release fits the database.' },
  { type: 'SmokePassed', reason: 'TestsPassed', message: 'The smoke tests passed.' },
] as const satisfies readonly { type: ConditionType; reason: string; message: string }[];

export function computeConditions(state: EnvironmentState): Claim[] {
  const steps = computeSteps(state).filter(({ type }) => type !== 'Admitted' || state.decision !== undefined);
  const veto = state.decision === undefined ? [] : [computeServedVetoed(state)];
  const init = state.unappliedInit.length === 0 ? [] : [computeInitApplied(state)];
  const rest = [computeServedFromDisk(state), computeDrifted(state), ...init, ...veto];
  return [computeReady(state), ...steps, ...rest];
}

function computeInitApplied({ unappliedInit: files, environment }: EnvironmentState): Claim {
  const commands = files.map((file) => `stk db apply ${file} --env ${environment}`).join(' && ');
  const message = `init ran when the database was made, and ${files.join(', ')} came later, so ${files.length === 1 ? 'it' : 'they'} never ran. Apply: ${commands}`;
  return claim('InitApplied', 'False', 'InitNotApplied', message);
}

function computeServedVetoed(state: EnvironmentState): Claim {
  const serving = servingOf(state);
  if (serving === undefined || state.veto === undefined)
    return claim('ServedVetoed', 'False', 'NotVetoed', 'No veto names the serving release.');
  const message = `${serving} is vetoed and still served: ${state.veto.replace(/\.$/, '')}. Roll back, or promote another release.`;
  return claim('ServedVetoed', 'True', 'VetoedWhileServed', message);
}

function computeReady(state: EnvironmentState): Claim {
  const { end, isReconciling, desired, drift, away, environment } = state;
  const serving = servingOf(state);
  if (isReconciling || end === undefined) {
    return claim('Ready', 'Unknown', 'Reconciling', `A change of ${environment} is in progress.`);
  }
  if (isUnfinished(end)) {
    return claim('Ready', 'False', end.reason, `${explain(end).message} ${describeKept(state)}`);
  }
  if (away !== undefined) {
    const message = `${serving ?? ''} is desired and served, but its database cannot be used: ${away}`;
    return claim('Ready', 'False', 'DatabaseUnavailable', message);
  }
  if (drift.kind === 'drifted') {
    return claim(
      'Ready',
      'False',
      'NoLongerFits',
      `${serving ?? desired?.release ?? ''} no longer fits its database.`,
    );
  }
  return claim('Ready', 'True', 'Serving', `${serving ?? ''} is desired and served.`);
}

function describeKept(state: EnvironmentState): string {
  const { servedFile } = state;
  const serving = servingOf(state);
  if (serving === undefined) return 'Nothing is served.';
  const kept = `${serving} is still served`;
  switch (servedFile) {
    case 'unchanged':
      return `${kept}.`;
    case 'changed':
      return `${kept}; releases/${serving}.yaml was changed since, and that change is not served.`;
    case 'gone':
      return `${kept}; releases/${serving}.yaml no longer exists.`;
  }
}

function computeSteps(state: EnvironmentState): Claim[] {
  const { end, away, decision } = state;
  if (end === undefined) {
    return settledInOrder.map(({ type }) => {
      const reason = type === 'PointerValid' ? 'NotObserved' : 'NotReached';
      return claim(type, 'Unknown', reason, 'No reconcile has finished yet.');
    });
  }
  const passed = settledInOrder.map(({ type, reason, message }) =>
    type === 'Admitted' && decision?.admission.isAdmitted === true
      ? claim(type, 'True', decision.admission.reason, decision.admission.message)
      : claim(type, 'True', reason, message),
  );
  if (end.kind === 'serving') {
    const served = passed.map((before) => (before.type === 'SmokePassed' ? computeSmoke(state) : before));
    if (away === undefined) return served;
    const unreachable = claim('DatabaseReachable', 'False', 'DatabaseUnavailable', away);
    return served.map((before) => (before.type === 'DatabaseReachable' ? unreachable : before));
  }
  const { reason } = end;
  const { message, hint } = explain(end);
  const meaning = stopTable[reason];
  const at = settledInOrder.findIndex(({ type }) => type === meaning.condition);
  return passed.map((before, index) => {
    if (index < at) return before;
    if (index > at)
      return claim(before.type, 'Unknown', 'NotReached', `The reconcile stopped before: ${reason}.`);
    return claim(before.type, meaning.status, reason, hint === undefined ? message : `${message} ${hint}`);
  });
}

function computeSmoke({ smoke }: EnvironmentState): Claim {
  if (smoke === undefined)
    return claim('SmokePassed', 'True', 'NoTestsRan', 'No smoke tests ran since the start.');
  const failure = describeFailure(smoke);
  return failure === undefined
    ? claim('SmokePassed', 'True', 'TestsPassed', 'The smoke tests passed.')
    : claim('SmokePassed', 'False', 'SmokeFailed', failure);
}

function computeServedFromDisk(state: EnvironmentState): Claim {
  const { isFromDisk, record } = state;
  const serving = servingOf(state);
  if (isFromDisk) {
    const message = `${serving ?? ''} is served from disk and has not been confirmed since the start.`;
    return claim('ServedFromDisk', 'True', 'ServedFromDisk', message);
  }
  if (record.kind === 'corrupt') return claim('ServedFromDisk', 'False', 'RecordCorrupt', record.message);
  if (record.kind === 'not-recorded') return claim('ServedFromDisk', 'False', 'NotRecorded', record.message);
  return serving === undefined
    ? claim('ServedFromDisk', 'False', 'NothingServed', 'Nothing is served.')
    : claim('ServedFromDisk', 'False', 'Confirmed', `${serving} was checked since the start.`);
}

function computeDrifted(state: EnvironmentState): Claim {
  const { drift } = state;
  const serving = servingOf(state);
  switch (drift.kind) {
    case 'unknown':
      return claim(
        'Drifted',
        'Unknown',
        'NotChecked',
        'The serving release has not been compared with the database.',
      );
    case 'fits':
      return claim('Drifted', 'False', 'Fits', `${serving ?? ''} fits its database.`);
    case 'drifted': {
      const named = drift.findings.map((finding) => `${finding.code} ${finding.object}`).join(', ');
      return claim(
        'Drifted',
        'True',
        'NoLongerFits',
        `The database changed, and ${serving ?? ''} no longer fits it: ${named}.`,
      );
    }
  }
}

export function claim(type: ConditionType, status: ConditionStatus, reason: string, message: string): Claim {
  return { type, status, reason, message };
}

/** Adds `since` to each claim: taken from `previous` while the status is the same. */
export function dateClaims(
  previous: readonly Condition[],
  claims: readonly Claim[],
  now: string,
): Condition[] {
  return claims.map((next) => {
    const before = previous.find((condition) => condition.type === next.type);
    return { ...next, since: before !== undefined && before.status === next.status ? before.since : now };
  });
}

/** The findings for people: why the desired release is refused, else those about the served one. */
export function findingsOf({ end, drift }: EnvironmentState): readonly Finding[] {
  if (isUnfinished(end)) return end.findings;
  if (drift.kind === 'drifted') return drift.findings;
  return end?.findings ?? [];
}
