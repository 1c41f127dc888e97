// Whether the rollback targets of each environment are unchanged since a pointer named them: the condition
// RollbackTargets. Checked in the background when release files, pointers or the history changed.
import { asStkError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Limiter } from '../../kernel/limiter.ts';
import { isRegularFile } from '../../git/objects/parse-tree.ts';
import type { Condition } from '../../model/condition.ts';
import { loadChanges } from '../../promotion/load-changes.ts';
import { rollbackTargets } from '../../promotion/rollback-targets.ts';
import type { ReleaseLibrary } from '../environment/release-library.ts';
import { claim, dateClaims, type Claim } from '../status/compute-conditions.ts';
import type { Log } from '../log.ts';
import type { Observation } from './observe-repo.ts';
import type { SeenRevision } from './ref-follower.ts';

export interface TargetWatchOptions {
  readonly library: Pick<ReleaseLibrary, 'identity'>;
  readonly background: Limiter;
  readonly clock: Clock;
  readonly log: Log;
  /** A condition changed. */
  onChange(): void;
}

interface KnownTarget {
  readonly pointer: string | undefined;
  readonly targets: readonly string[];
}

type Lost = ReadonlyMap<string, 'changed' | 'removed'>;

/** For each environment, the newest ones. */
const mostTargets = 20;
const notChecked = claim(
  'RollbackTargets',
  'Unknown',
  'NotChecked',
  'The releases to roll back to have not been checked yet.',
);

export class TargetWatch {
  readonly #options: TargetWatchOptions;
  readonly #known = new Map<string, KnownTarget>();
  readonly #lost = new Map<string, string>();
  readonly #conditions = new Map<string, readonly Condition[]>();
  #next: (() => Promise<void>) | undefined;
  #running: Promise<void> | undefined;

  constructor(options: TargetWatchOptions) {
    this.#options = options;
  }

  conditionsOf(environment: string): readonly Condition[] {
    return this.#conditions.get(environment) ?? this.#date(environment, notChecked);
  }

  /** `environments`: the served ones. Of revisions that come during a check, only the newest is checked. */
  note(seen: SeenRevision, environments: readonly string[]): void {
    const { before, observation } = seen;
    if (before !== undefined && !isOther(before, observation)) return;
    // Results are only valid while history grows.
    if (!observation.isNextCommit) this.#known.clear();
    this.#next = () => this.#look(seen, environments);
    this.#running ??= this.#runAll().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when nothing is being looked at. Never rejects. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #runAll(): Promise<void> {
    for (let next = this.#next; next !== undefined; next = this.#next) {
      this.#next = undefined;
      await this.#options.background(next);
    }
  }

  async #look(seen: SeenRevision, environments: readonly string[]): Promise<void> {
    for (const environment of environments) {
      if (this.#next !== undefined) return;
      this.#conditions.set(environment, this.#date(environment, await this.#judge(seen, environment)));
    }
    this.#options.onChange();
  }

  async #judge(seen: SeenRevision, environment: string): Promise<Claim> {
    const { log } = this.#options;
    const { revision } = seen.observation;
    try {
      const targets = await this.#targetsOf(seen, environment);
      const lost = await this.#findLost(seen, targets);
      const told = [...lost].map(([release, how]) => `releases/${release}.yaml was ${how}`).join('; ');
      const isNews = told !== (this.#lost.get(environment) ?? '');
      this.#lost.set(environment, told);
      if (lost.size === 0)
        return targets.length === 0
          ? claim('RollbackTargets', 'True', 'NoTargets', `${environment} has no earlier release.`)
          : claim('RollbackTargets', 'True', 'Unchanged', `A rollback can go to ${targets.join(', ')}.`);
      if (isNews) {
        const releases = (how: string): string[] =>
          [...lost].flatMap(([id, was]) => (was === how ? [id] : []));
        const fields = { environment, revision, changed: releases('changed'), removed: releases('removed') };
        log.warn(fields, 'releases to roll back to were changed or removed');
      }
      const message = `${told}. A rollback of ${environment} to ${[...lost.keys()].join(', ')} is refused until the file is restored.`;
      return claim('RollbackTargets', 'False', 'TargetsLost', message);
    } catch (thrown) {
      const { message } = asStkError(thrown);
      log.debug(
        { environment, revision, problem: message },
        'the releases to roll back to cannot be checked',
      );
      return claim('RollbackTargets', 'Unknown', 'NotChecked', message);
    }
  }

  async #targetsOf({ repo, observation }: SeenRevision, environment: string): Promise<readonly string[]> {
    const { revision, pointers } = observation;
    const pointer = pointers.get(environment)?.id;
    const known = this.#known.get(environment);
    if (known !== undefined && known.pointer === pointer) return known.targets;
    const changes = await loadChanges(repo, { revision, environment });
    const targets = rollbackTargets(changes)
      .slice(0, mostTargets)
      .map(({ release }) => release);
    this.#known.set(environment, { pointer, targets });
    return targets;
  }

  async #findLost({ repo, observation }: SeenRevision, targets: readonly string[]): Promise<Lost> {
    const { revision, releases } = observation;
    const lost = new Map<string, 'changed' | 'removed'>();
    for (const release of targets) {
      const identity = await this.#options.library.identity({ repo, revision }, release);
      // A pointer named it, but the file never existed: nothing is lost.
      if (identity === undefined) continue;
      const entry = releases === undefined ? undefined : await repo.entry(releases, `${release}.yaml`);
      if (entry === undefined) lost.set(release, 'removed');
      else if (entry.id !== identity.blob || !isRegularFile(entry)) lost.set(release, 'changed');
    }
    return lost;
  }

  #date(environment: string, next: Claim): readonly Condition[] {
    const now = new Date(this.#options.clock.now()).toISOString();
    return dateClaims(this.#conditions.get(environment) ?? [], [next], now);
  }
}

function isOther(before: Observation, after: Observation): boolean {
  return (
    before.releases !== after.releases || before.environments !== after.environments || !after.isNextCommit
  );
}
