// The consequences of a transition outside the environment: log lines, metrics, and facts that other environments may
// wait for.
import type { ReconcilerMetrics } from '../reconciler-metrics.ts';
import type { Log } from '../log.ts';
import { describeFailure } from '../../smoke/run-smoke.ts';
import { explain, isUnfinished, type Unfinished } from '../stages/stage.ts';
import type { Fact } from './facts.ts';
import { stopTable } from './reasons.ts';
import type { Transition } from './transition.ts';

export interface LogLine {
  readonly level: keyof Log;
  readonly fields: object;
  readonly message: string;
}

export function tellTransition(
  { log, metrics }: { readonly log: Log; readonly metrics: ReconcilerMetrics },
  transition: Transition,
): void {
  for (const { level, fields, message } of linesOf(transition)) log[level](fields, message);
  countTransition(metrics, transition);
}

export function factsOf({ environment, from, event }: Transition): readonly Fact[] {
  switch (event.kind) {
    case 'activated':
    case 'verified':
    case 'smoked':
    case 'undone':
    case 'resumed':
    case 'restored':
      return [`serving:${environment}`];
    case 'compared':
      return event.isOtherSchema || from.away !== undefined ? [`database:${environment}`] : [];
    default:
      return [];
  }
}

/** The same reason twice in a row, without a change in between, is not new. */
function isNews({ from }: Transition, { reason }: Unfinished): boolean {
  return from.isReconciling || !isUnfinished(from.end) || from.end.reason !== reason;
}

export function linesOf(transition: Transition): readonly LogLine[] {
  const { environment, from, to, event, at, revision } = transition;
  switch (event.kind) {
    case 'activated': {
      const { release } = event.active.compiled.release;
      const durationMs = Date.parse(at) - event.target.seenAt;
      return [
        line(
          'info',
          { environment, release, revision: event.active.revision, durationMs },
          'release activated',
        ),
      ];
    }
    case 'verified': {
      const problem = event.report === undefined ? undefined : describeFailure(event.report);
      if (problem === undefined) return [];
      const release = to.blob?.release;
      return [line('warn', { environment, release, problem }, 'a smoke test of the serving release failed')];
    }
    case 'undone': {
      const { release } = event.active.compiled.release;
      const fields = { environment, release, from: from.blob?.release, revision: event.active.revision };
      return [line('warn', fields, 'swapped back to the former release')];
    }
    case 'restored': {
      const { release } = event.active.compiled.release;
      return [line('warn', { environment, release }, 'serving the last-known-good from disk')];
    }
    case 'ended': {
      const { unfinished } = event;
      if (unfinished === undefined) return [];
      const { reason } = unfinished;
      const code = unfinished.kind === 'stop' ? unfinished.error.code : undefined;
      const fields = { environment, revision, reason, code, problem: explain(unfinished).message };
      if (!isNews(transition, unfinished))
        return [line('debug', fields, 'the desired release is still not activated')];
      const level = reason === 'InternalError' ? 'error' : 'warn';
      return [line(level, fields, 'the desired release is not activated')];
    }
    case 'compared':
      return comparedLines(transition);
    case 'away':
      if (from.away !== undefined) return [];
      return [line('warn', { environment, problem: event.message }, 'the database cannot be used')];
    case 'recorded': {
      const { record } = event;
      // It is retried repeatedly; one log line is enough.
      if (record.kind === 'ok' || record.kind === from.record.kind) return [];
      const fields = { environment, problem: record.message };
      if (record.kind === 'corrupt')
        return [line('error', fields, 'the last-known-good on disk cannot be used')];
      return [line('error', fields, 'the last-known-good was not recorded')];
    }
    case 'looked-at-file': {
      const { servedFile: file } = event;
      if (file === 'unchanged') return [];
      const release = to.blob?.release;
      return [
        line('warn', { environment, release, revision, file }, 'the file of the serving release changed'),
      ];
    }
    case 'resumed': {
      const { release } = event.active.compiled.release;
      return [
        line(
          'info',
          { environment, release, revision: event.active.revision },
          'serving the release that was served last',
        ),
      ];
    }
    case 'looked-at-veto': {
      const release = to.blob?.release;
      return event.veto === undefined
        ? [line('info', { environment, release }, 'the veto of the serving release is lifted')]
        : [line('warn', { environment, release, problem: event.veto }, 'the serving release is vetoed')];
    }
    case 'looked-at-debt': {
      const isOverdue = (debt: typeof event.debt): boolean => debt.some(({ overdue }) => overdue);
      if (!isOverdue(event.debt) || isOverdue(from.debt)) return [];
      const gates = event.debt.map(({ gate }) => gate);
      return [
        line('warn', { environment, release: to.blob?.release, gates }, 'the debt of a hotfix is overdue'),
      ];
    }
    case 'looked-at-init': {
      const { unapplied: files } = event;
      return files.length === 0
        ? [line('info', { environment }, 'every file of init was applied')]
        : [line('warn', { environment, files }, 'files of init were added after the database was made')];
    }
    case 'aimed':
    case 'desired':
    case 'judged':
    case 'smoked':
      return [];
  }
}

function comparedLines({ environment, from, to }: Transition): readonly LogLine[] {
  const lines: LogLine[] = [];
  const wasDrifted = from.drift.kind === 'drifted';
  if (from.away !== undefined) lines.push(line('info', { environment }, 'the database can be used again'));
  if (to.drift.kind === 'drifted' && !wasDrifted) {
    const codes = to.drift.findings.map(({ code }) => code);
    lines.push(
      line('warn', { environment, codes }, 'the database changed, and the serving release no longer fits it'),
    );
  }
  if (to.drift.kind === 'fits' && wasDrifted)
    lines.push(line('info', { environment }, 'the database fits the serving release again'));
  return lines;
}

function line(level: LogLine['level'], fields: object, message: string): LogLine {
  return { level, fields, message };
}

function countTransition(metrics: ReconcilerMetrics, transition: Transition): void {
  const { environment, from, to, event, at } = transition;
  if (event.kind === 'activated') {
    metrics.activation(environment, 'activated', 'Activated');
    // Waiting, for example for a migration, does not count as the Hub's time.
    if (from.failures === 0) metrics.propagation(environment, (Date.parse(at) - event.target.seenAt) / 1000);
  }
  if (event.kind === 'ended') countEnd(metrics, transition, event.unfinished);
  if ('active' in event) {
    const { compiled, revision } = event.active;
    metrics.serving(environment, { release: compiled.release.release, revision });
  }
  if (to.drift !== from.drift) metrics.drifted(environment, to.drift.kind === 'drifted');
  metrics.inSync(environment, to.end?.kind === 'serving' && to.drift.kind !== 'drifted');
}

function countEnd(
  metrics: ReconcilerMetrics,
  transition: Transition,
  unfinished: Unfinished | undefined,
): void {
  const { environment } = transition;
  if (unfinished === undefined) metrics.activation(environment, 'unchanged', 'Serving');
  else if (isNews(transition, unfinished)) {
    const { reason } = unfinished;
    const result = stopTable[reason].again === 'back-off' ? 'failed' : 'refused';
    metrics.activation(environment, result, reason);
  }
}
