// Passes this Hub's events to the notifier, under the word that announces each.
import type { RecordFile } from '../../../documents/record/format-record.ts';
import type { ConfigRepo } from '../../../git/config-repo.ts';
import { asStkError } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import { countingRules } from '../../../ledger/records/counting-rules.ts';
import { environmentsBefore, wasDrilled } from '../../../ledger/records/drilled.ts';
import type { EventRecord } from '../../../model/pipeline/record.ts';
import type { Project } from '../../../model/project.ts';
import { messageOfDrill, messageOfDueDrill, messageOfEvent } from '../../../notify/message.ts';
import type { Notifier } from '../../../notify/notifier.ts';
import { isToldElsewhere, wordOfEvent } from '../../../notify/word-of-event.ts';
import type { Log } from '../../log.ts';
import { readDrill } from '../../../promotion/drill-trailers.ts';
import { causeOf } from '../facts/move-facts.ts';

export interface EventNoticesOptions {
  readonly notifier: Pick<Notifier, 'notify' | 'hasTold'>;
  readonly repo: Pick<ConfigRepo, 'commit'>;
  readonly ledger: Pick<Ledger, 'recordsOf'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The project in force. */
  project(): Project;
  /** Whether this Hub holds the lock of the environment. */
  isWriter(environment: string): Promise<boolean>;
}

/** Resolves when the event is queued for its targets; never rejects. */
export type NoticeEvent = (file: Pick<RecordFile, 'path' | 'record'>) => Promise<void>;

export function createEventNotices(options: EventNoticesOptions): NoticeEvent {
  const { notifier, project, isWriter, log } = options;
  return async ({ path, record }) => {
    if (record.record !== 'event' || project().notify.length === 0) return;
    const word = wordOfEvent(record);
    if (word === undefined) return;
    const { environment } = record;
    const phase = await drillPhaseOf(record, options);
    if (phase === 'forward') return;
    try {
      // Each of several Hubs sends events about what it undid; one of them notifies.
      if (!(await isWriter(environment)) || (await isToldBefore(record, options))) return;
    } catch (thrown) {
      // One message too many is better than none.
      log.warn(
        { environment, problem: asStkError(thrown).message },
        'it cannot be decided whether to notify',
      );
    }
    await notifier.notify(phase === 'back' ? messageOfDrill(record) : messageOfEvent(record, { path, word }));
    if (await isDrillDue(record, options)) await notifier.notify(messageOfDueDrill(record));
  };
}

/** A release is newly served in an environment that another one's `from` names, without a passed drill there. Never rejects. */
async function isDrillDue(
  { event, class: kind, environment, release, digest }: EventRecord,
  { project, ledger, clock, log }: EventNoticesOptions,
): Promise<boolean> {
  const { pipeline, notify } = project();
  // Nobody plans a drill right after a rollback.
  if (event !== 'activated' || kind === 'rollback') return false;
  if (!notify.some(({ on }) => on.includes('drill-due'))) return false;
  if (!environmentsBefore(pipeline).includes(environment)) return false;
  try {
    const judged = await ledger.recordsOf(release, countingRules(pipeline, clock.now()));
    return !wasDrilled(judged, { environment, digest });
  } catch (thrown) {
    log.warn(
      { environment, problem: asStkError(thrown).message },
      'it cannot be decided whether a drill is due',
    );
    return false;
  }
}

/**
 * Both ways of a drill are rollbacks; the way back is announced as the drill. `undefined` when it is no drill, or git
 * does not show it.
 */
async function drillPhaseOf(
  { event, class: kind, revision, environment }: EventRecord,
  { repo, log }: EventNoticesOptions,
): Promise<'back' | 'forward' | undefined> {
  if (event !== 'activated' || kind !== 'rollback') return undefined;
  try {
    return readDrill((await repo.commit(revision)).trailers)?.phase;
  } catch (thrown) {
    log.warn(
      { environment, problem: asStkError(thrown).message },
      'it cannot be decided whether this is a drill',
    );
    return undefined;
  }
}

/** Whether it is the rollback commit for an announced failure. Rejects with git's errors. */
async function isToldBefore(
  { event, class: kind, revision, environment }: EventRecord,
  { repo, project, notifier }: EventNoticesOptions,
): Promise<boolean> {
  if (event !== 'activated' || kind !== 'rollback') return false;
  const commit = await repo.commit(revision);
  const release = commit.trailers.get('Stk-From') ?? '';
  const wasTold = notifier.hasTold('rolled-back', { environment, release });
  return isToldElsewhere(causeOf(commit, project().pipeline), wasTold);
}
