// Whether the followed branch was rewound or force-pushed: asks git in the background, and keeps the answer until the
// next ordinary commit.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { asStkError } from '../../kernel/errors.ts';
import { claim, type Claim } from '../status/compute-conditions.ts';
import type { Log } from '../log.ts';

const linear = claim(
  'HistoryRewritten',
  'False',
  'Linear',
  'Every observed commit continues the commit before it.',
);

export class HistoryWatch {
  readonly #log: Log;
  #claim: Claim = linear;

  constructor(log: Log) {
    this.#log = log;
  }

  get claim(): Claim {
    return this.#claim;
  }

  /** An ordinary commit on top. */
  noteNext(): void {
    this.#claim = linear;
  }

  /** `after` is not the next commit: is it later, earlier, or from another history? */
  async judge(repo: ConfigRepo, before: string, after: string): Promise<void> {
    try {
      if (await repo.isAncestor(before, after)) {
        this.#claim = linear;
        return;
      }
      const isRewound = await repo.isAncestor(after, before);
      const message = isRewound
        ? `The branch was rewound from ${before} to ${after}. The Hub follows ${after}.`
        : `The branch was force-pushed: ${after} does not contain ${before}. The Hub follows ${after}.`;
      this.#claim = claim('HistoryRewritten', 'True', isRewound ? 'Rewound' : 'ForcePushed', message);
      this.#log.warn({ before, after, isRewound }, 'the followed branch was rewritten');
    } catch (thrown) {
      // The old commit may be lost: then nothing continues it.
      const message = `The Hub follows ${after}. It cannot be determined whether it contains ${before}: ${asStkError(thrown).message}`;
      this.#claim = claim('HistoryRewritten', 'True', 'ForcePushed', message);
      this.#log.warn(
        { before, after, problem: asStkError(thrown).message },
        'the followed branch was rewritten',
      );
    }
  }
}
