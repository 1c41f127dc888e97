// One job's way through a compiler host: sends it, takes report after report, and watches that it ends. What the reports
// say is the business of whoever takes them; what becomes of a host that fails, that of hosted-jobs.ts.
import type { CompileJob, CompileReport } from './compile-protocol.ts';
import { HostKilled, type CompilerHost } from './compiler-host.ts';

export interface HostWork {
  readonly host: CompilerHost;
  /** Milliseconds until the release is compiled. */
  readonly maxTime: number;
  /** The same for what the database is asked then. */
  readonly maxCheckTime: number;
  /** Undefined: nothing tells what time the host gets. */
  readonly watch?: HostWatch | undefined;
}

export interface HostWatch {
  /**
   * Milliseconds without a report, after each of which it is looked whether the host gets no time to work in; undefined: it
   * gets its share.
   */
  readonly everyMs: number | undefined;
  /** It had next to none since it was last looked, though it wants nothing else. */
  readonly isStarved: () => boolean;
  /** It waited for the processor next to all the time since. */
  readonly isKeptWaiting: () => boolean;
  /** It had half of the time since the watch began: so long, the release takes by itself. */
  readonly hadItsTime: () => boolean;
}

/** There is no outcome, and the host must not be used again. */
export interface HostFailure {
  readonly failed: string;
  /**
   * `starved`: the host got no time to work in. `killed`: somebody else ended it, or it ended itself over a check. `ended`: it
   * did so while it compiled. `slow`: the database did not answer in time. `release`: it is the release's.
   */
  readonly cause: 'release' | 'ended' | 'starved' | 'killed' | 'slow';
}

/** `take` gives the outcome once there is one, and throws what refuses the release. Never rejects. */
export function workInHost<T extends object>(
  { host, maxTime, maxCheckTime, watch }: HostWork,
  job: CompileJob,
  take: (report: CompileReport) => T | undefined,
): Promise<T | HostFailure> {
  return new Promise((resolve) => {
    let reports = 0;
    let isChecking = false;
    let isAsked = false;
    const finish = (outcome: T | HostFailure): void => {
      clearTimeout(timer);
      clearInterval(watching);
      stopListening();
      resolve(outcome);
    };
    const giveUp = (why: string, cause: HostFailure['cause']): void =>
      finish({ failed: describeFailure(why, isChecking), cause });
    const listen = (report: CompileReport): void => {
      reports += 1;
      isAsked = false;
      watching?.refresh();
      if (report.kind === 'ready' || report.kind === 'alive') return;
      try {
        const outcome = report.job === job.job ? take(report) : undefined;
        if (outcome !== undefined) finish(outcome);
        else if (report.kind === 'read') beginCheck();
      } catch (thrown) {
        // Code that does not evaluate refuses its release; thrown on, it would end the process.
        giveUp(thrown instanceof Error ? thrown.message : String(thrown), 'release');
      }
      // Other work of the event loop comes first.
      setImmediate(() => {
        host.post('next');
        watching?.refresh();
      });
    };
    const beginCheck = (): void => {
      isChecking = true;
      clearTimeout(timer);
      timer = setTimeout(
        () => giveUp(`the database has not answered all that was asked within ${maxCheckTime} ms`, 'slow'),
        maxCheckTime,
      );
    };
    let timer = setTimeout(() => {
      if (watch?.hadItsTime() === false) return giveUp('there was no time for it', 'starved');
      const failed = `the release took longer than ${maxTime} ms to compile: make it smaller or its schemas simpler`;
      finish({ failed, cause: 'release' });
    }, maxTime);
    /** To wait for a database takes no processor: a host that does is asked for a sign of life. */
    const isStarved = (): boolean => {
      if (!isChecking) return watch?.isStarved() === true;
      const isSilent = isAsked;
      isAsked = true;
      if (!isSilent) host.post('ping');
      return isSilent || watch?.isKeptWaiting() === true;
    };
    const watching =
      watch?.everyMs === undefined
        ? undefined
        : setInterval(() => {
            // What the host has sent meanwhile is taken first: it may be this thread that had no time.
            const before = reports;
            setImmediate(() => {
              if (reports === before && isStarved()) giveUp('there was no time for it', 'starved');
            });
          }, watch.everyMs);
    const stopListening = host.listen({
      take: listen,
      fail: (error) => giveUp(error.message, isChecking || error instanceof HostKilled ? 'killed' : 'ended'),
    });
    host.post(job);
  });
}

export function describeFailure(why: string, isChecking = false): string {
  return `the release could not be ${isChecking ? 'checked' : 'compiled'}: ${why}`;
}
