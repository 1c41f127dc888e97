// Collects the facts for choosing a rollback target: what the environment served, its health, vetoes, and whether a
// release fits.
import type { Content } from '../../gates/admission/admission-facts.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import { StkError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import { PointerHistory } from '../../ledger/intent/pointer-history.ts';
import { readReleaseVeto } from '../../ledger/intent/stops.ts';
import { countingRules } from '../../ledger/records/counting-rules.ts';
import type { EnvironmentSettings, Project } from '../../model/project.ts';
import type { PiledRelease } from '../../promotion/activation-pile.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { Observation } from '../follow/observe-repo.ts';
import type { MatrixOutcome, MatrixRow } from '../environment/check-matrix.ts';
import type { Log } from '../log.ts';
import type { Stretch } from '../state/health-notes.ts';
import { chooseTarget, type ChosenTarget, type TargetKind } from './choose-target.ts';
import { listActivations } from './list-activations.ts';
import type { UndoneMoves } from './undone-moves.ts';

export interface FindTargetRequest {
  readonly kind: TargetKind;
  readonly settings: EnvironmentSettings;
  readonly project: Project;
  readonly repo: ConfigRepo | undefined;
  readonly observation: Observation | undefined;
  readonly served: Content | undefined;
  readonly governed: GovernedPath;
  readonly undone: UndoneMoves;
  readonly clock: Clock;
  readonly log: Log;
  /** As {@link TargetRequest.mustFit}. */
  readonly mustFit?: boolean | undefined;
  matrix(releases: readonly string[]): Promise<MatrixOutcome>;
}

/** Throws `git-unavailable`, and git's errors. */
export async function findTarget(request: FindTargetRequest): Promise<ChosenTarget> {
  const { kind, settings, project, repo, observation, served, governed, undone, clock, log } = request;
  if (repo === undefined || observation === undefined)
    throw new StkError('git-unavailable', 'The config repo cannot be read now.', {
      hint: 'The Hub keeps trying; stk status shows when it can be read again.',
    });
  const environment = settings.name;
  const { revision, releases } = observation;
  const { memory, ledger } = governed.past;
  const rules = countingRules(project.pipeline, clock.now());
  const activations = await listActivations({
    repo,
    pointers: ledger?.pointers ?? new PointerHistory(repo),
    environment,
    revision,
    remembered: memory.activations.of(environment),
    undone,
    records: ledger && { ledger, rules },
    log,
  });
  return chooseTarget({
    kind,
    environment,
    repo,
    revision,
    releases,
    served,
    activations,
    policy: settings.lastKnownGood,
    veto: (release) =>
      ledger === undefined ? readReleaseVeto(repo, revision, release) : ledger.veto(revision, release),
    healthOf: async (one) => {
      const events = (await ledger?.eventsOf(one, rules)) ?? [];
      const unhealthyAt = events.flatMap(({ record }) =>
        record.environment === environment && record.event === 'unhealthy' ? [record.at] : [],
      );
      const noted = memory.health.of(environment, one);
      return healthOf(one, { activations, noted, unhealthyAt, now: clock.now() });
    },
    async fits(release) {
      const outcome = await request.matrix([release]);
      if (outcome.kind !== 'answered') return { fits: null };
      const [row] = outcome.rows;
      return row?.kind === 'fits' ? { fits: true } : { fits: false, why: describeMisfit(row) };
    },
    mustFit: request.mustFit,
  });
}

function describeMisfit(row: MatrixRow | undefined): string {
  if (row?.kind === 'refused') return `it cannot be served: ${row.error.message}`;
  const found = row?.findings.find(({ severity }) => severity === 'block');
  if (found === undefined) return 'it does not fit the database';
  const { code, object, expected, actual } = found;
  return `it does not fit the database: ${code} ${object}: expected ${expected}, found ${actual}`;
}

interface HealthSources {
  readonly activations: readonly PiledRelease[];
  /** From this Hub's notes. */
  readonly noted: readonly Stretch[];
  /** When it was unhealthy, from events. */
  readonly unhealthyAt: readonly number[];
  readonly now: number;
}

/** From this Hub's notes; without any, from the events, from one activation to the next. */
function healthOf({ digest }: PiledRelease, { activations, noted, unhealthyAt, now }: HealthSources) {
  if (noted.length > 0) return noted;
  return activations.flatMap((one, i) => {
    if (one.digest !== digest || one.undoneBy !== null) return [];
    const until = activations[i + 1]?.at ?? now;
    const breaks = unhealthyAt.filter((at) => at > one.at && at < until).sort((a, b) => a - b);
    return [one.at, ...breaks].map((since, j) => ({ since, seen: breaks[j] ?? until }));
  });
}
