// The current facts about a canary environment from git and this Hub: what the two environments serve, which pointer
// commits activated it, and what stops a canary.
import { parsePointer } from '../../documents/parse-pointer.ts';
import { admissionPolicyOf } from '../../gates/admission/admission-policy.ts';
import { findFreezes } from '../../gates/admission/find-freezes.ts';
import type { Content } from '../../gates/admission/admission-facts.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Project } from '../../model/project.ts';
import { countingRules } from '../../ledger/records/counting-rules.ts';
import { pointerPath } from '../../promotion/pointer-file.ts';
import { readPointerAt, type PointerState } from '../../promotion/pointer-state.ts';
import { readOverride } from '../admission/facts/move-facts.ts';
import type { ServedHere } from '../admission/served-here.ts';
import type { GatheredFacts } from './canary-keeper.ts';
import type { ToldStep } from './canary-state.ts';
import type { CanaryPointer } from './next-canary-state.ts';

export interface GatherRequest {
  readonly repo: ConfigRepo;
  readonly ledger: Ledger;
  readonly project: Project;
  /** Commit of the followed branch. */
  readonly revision: string;
  readonly environment: string;
  readonly of: string;
  readonly now: number;
  readonly isLeader: boolean;
  servedHere(environment: string): ServedHere | null | undefined;
  /** The pointer commit of the served release; `undefined` when unknown. */
  servedBy(environment: string): string | undefined;
  /** From the repository, possibly cached. */
  isAncestor(older: string, newer: string): Promise<boolean>;
}

/** Throws git's errors. */
export async function gatherFacts(request: GatherRequest): Promise<GatheredFacts> {
  const { of, now, isLeader, servedHere } = request;
  const served = servedHere(of) ?? null;
  const stable = served === null ? null : contentOf(served);
  const tip = await readPointerAt(request.repo, request.environment, request.revision);
  const pointer = await readCanaryPointer(request, tip);
  const stopped = await readStop(request, tip);
  const drift = served?.fits === false ? `${served.release} in ${of} does not fit its database` : undefined;
  const steps = isLeader || pointer === null ? [] : await readSteps(request, pointer);
  return { now, isLeader, stable, pointer, blocked: stopped, stopped, drift, steps };
}

/** The steps of this pointer commit that are on the records branch. */
async function readSteps(
  { ledger, project, environment, now }: GatherRequest,
  { content, revision }: CanaryPointer,
): Promise<readonly ToldStep[]> {
  // Without the branch the canary stays at its step; the condition RecordsIntact says why.
  const events = await ledger.eventsOf(content, countingRules(project.pipeline, now)).catch(() => []);
  return events.flatMap(({ record }) => {
    const { event, reason, since } = record;
    const isStep = event === 'canary-step' && record.environment === environment;
    const step = Number(reason) - 1;
    return isStep && record.revision === revision && step > 0 ? [{ step, at: since ?? record.at }] : [];
  });
}

/** For what the canary environment serves: a pointer that waits for its gates changes nothing yet. */
async function readCanaryPointer(request: GatherRequest, tip: PointerState): Promise<CanaryPointer | null> {
  const { repo, environment, of, servedHere, servedBy } = request;
  const served = servedHere(environment) ?? null;
  const revision = servedBy(environment);
  if (served === null || revision === undefined) return null;
  const stableBy = servedBy(of);
  const isNewer =
    stableBy !== undefined && stableBy !== revision && (await request.isAncestor(stableBy, revision));
  const commit = await repo.commit(revision);
  // A later edit that names the same release is the file that a decision is based on.
  const entry =
    tip.release === served.release ? tip.blob : (await repo.entryAt(revision, pointerPath(environment)))?.id;
  return {
    revision,
    blob: entry ?? '',
    content: contentOf(served),
    isNewer,
    isReturn: commit.trailers.get('Stk-Cause') === 'canary',
  };
}

/** A freeze of the canary, or of the environment whose calls it shares. What the canary's own move passed, it passes. */
async function readStop(request: GatherRequest, tip: PointerState): Promise<string | undefined> {
  const { ledger, project, revision, environment, now, servedHere } = request;
  const { pipeline } = project;
  const policy = admissionPolicyOf(pipeline, environment);
  if (policy === undefined) return `stk.yaml no longer lists ${environment}.`;
  const freezes = await ledger.freezes(revision, new Set(project.environments.keys()));
  const parsed = parsePointer(tip.text ?? '', { file: pointerPath(environment) });
  // One that waits for its gates is another move.
  const isServed = tip.release === servedHere(environment)?.release;
  const pointer = parsed.ok && isServed ? parsed.value : undefined;
  const place = { revision, environment };
  const override = pointer && (await readOverride({ ledger, place, pipeline, pointer }));
  const isHotfix = pointer?.hotfix !== undefined;
  return findFreezes(policy, { freezes, move: { override } }, { isHotfix, now }).message;
}

function contentOf({ release, digest }: Content): Content {
  return { release, digest };
}
