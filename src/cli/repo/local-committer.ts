// The committer of the operator's clone: commits one pointer file, and pushes it when there is an upstream.
import type { Committer } from '../../promotion/apply-move.ts';
import { plainLine } from '../print/plain-text.ts';
import type { LocalRepo } from './local-repo.ts';

export interface LocalCommitterOptions {
  /** `Name <mail>`; `undefined` for git's own identity. */
  readonly author: string | undefined;
  /** Full name of the ref that the Hub follows; `undefined` when unknown. */
  readonly hubRef: () => Promise<string | undefined> | undefined;
}

export function localCommitter(
  repo: Pick<LocalRepo, 'commitPointer'>,
  { author, hubRef }: LocalCommitterOptions,
): Committer {
  return {
    async commit({ environment, to, keys, beside }, message) {
      const commit = { environment, to, keys, beside, message, author };
      const outcome = await repo.commitPointer({ ...commit, hubRef: await hubRef() });
      if (outcome.kind === 'committed') return outcome;
      const { by, revision, release } = outcome;
      return { kind: 'lost', to: { by: plainLine(by), revision, release } };
    },
  };
}
