// One job in a compiler host: sends it, receives its reports, and detects its end. The caller interprets the reports.
// hosted-jobs.ts decides what happens after a failure.
import type { CompileJob, CompileReport } from './compile-protocol.ts';
import { HostKilled, type CompilerHost } from './compiler-host.ts';

export interface HostWork {
  readonly host: CompilerHost;
  /** Milliseconds until the release is compiled. */
  readonly maxTime: number;
  /** Milliseconds for the check against the database after that. */
  readonly maxCheckTime: number;
  /** The release is compiled: the host can take the next one, and the check against the database begins. */
  readonly onRead: () => void;
}

/** There is no outcome, and the host must not be used again. */
export interface HostFailure {
  readonly failed: string;
  /**
   * `release`: the release itself is refused. `late`: it was not compiled in time. `slow`: the database did not answer in
   * time. `ended`: the host ended itself while it compiled. `killed`: the host ended for another reason.
   */
  readonly cause: 'release' | 'late' | 'slow' | 'ended' | 'killed';
}

/** `take` returns the outcome once there is one, and throws the refusal of the release. Never rejects. */
export function workInHost<T extends object>(
  { host, maxTime, maxCheckTime, onRead }: HostWork,
  job: CompileJob,
  take: (report: CompileReport) => T | undefined,
): Promise<T | HostFailure> {
  return new Promise((resolve) => {
    let isChecking = false;
    const finish = (outcome: T | HostFailure): void => {
      clearTimeout(timer);
      stopListening();
      resolve(outcome);
    };
    const giveUp = (why: string, cause: HostFailure['cause']): void =>
      finish({ failed: describeFailure(why, isChecking), cause });
    const beginCheck = (): void => {
      isChecking = true;
      clearTimeout(timer);
      timer = setTimeout(
        () =>
          giveUp(`the database did not answer every question of the check within ${maxCheckTime} ms`, 'slow'),
        maxCheckTime,
      );
      onRead();
    };
    const listen = (report: CompileReport): void => {
      if (report.kind === 'ready' || report.job !== job.job) return;
      try {
        const outcome = take(report);
        if (outcome !== undefined) return finish(outcome);
        if (report.kind === 'read') return beginCheck();
      } catch (thrown) {
        // Code that does not evaluate refuses its release; if rethrown, it would end the process.
        return giveUp(thrown instanceof Error ? thrown.message : String(thrown), 'release');
      }
      // Other work of the event loop comes first.
      setImmediate(() => host.post('next'));
    };
    let timer = setTimeout(() => {
      const failed = `the release took longer than ${maxTime} ms to compile: make it smaller or its schemas simpler`;
      finish({ failed, cause: 'late' });
    }, maxTime);
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
