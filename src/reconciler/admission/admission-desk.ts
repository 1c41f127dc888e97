// Decides whether a move may take effect: collects its facts, each from its own source, and calls the pure admission.
// For a pointer at the tip of the followed branch, and for a planned move.
import type { AdmissionFacts, Content, SharedFacts } from '../../gates/admission/admission-facts.ts';
import {
  type AdmissionPolicy,
  admissionPolicyOf,
  canaryAmong,
} from '../../gates/admission/admission-policy.ts';
import { admit, type Admission, classifyMove } from '../../gates/admission/admit.ts';
import { comparedWith } from '../../gates/kinds/evaluation.ts';
import { healthQuestionOf } from '../../gates/kinds/healthy.ts';
import { evaluateMoveGates, type GateResult } from '../../gates/admission/evaluate-gates.ts';
import { StkError } from '../../kernel/errors.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { countingRules } from '../../ledger/records/counting-rules.ts';
import type { LedgerRecord } from '../../model/pipeline/record.ts';
import type { Pointer } from '../../model/pointer.ts';
import type { Project } from '../../model/project.ts';
import type { Release } from '../../model/release.ts';
import type { DatabaseHandles } from '../database-handles.ts';
import type { Log } from '../log.ts';
import type { ActivationMemory } from '../state/activation-memory.ts';
import type { CallRecords } from '../state/call-records.ts';
import type { HealthNotes } from '../state/health-notes.ts';
import type { Fact } from '../status/facts.ts';
import type { AskHub } from './ask-hub.ts';
import { readBackups } from './facts/backup-facts.ts';
import { readCanaryHistory } from './facts/canary-facts.ts';
import { readEvaluationFacts } from './facts/evaluation-facts.ts';
import { readEvidence } from './facts/evidence-facts.ts';
import { readHealth } from './facts/health-facts.ts';
import { readMigrationFacts } from './facts/migration-facts.ts';
import { movePlanned, readMoveFacts, readPointerCommit, type MovingCommit } from './facts/move-facts.ts';
import { readRanFacts } from './facts/ran-facts.ts';
import type { ServedHere } from './served-here.ts';
import { readOpenIncidents } from './facts/incident-facts.ts';
import { readVariableFacts } from './facts/variable-facts.ts';
import { readSources } from './facts/source-facts.ts';

/** The basis of admission: the tip of the followed branch, and its policy. */
export interface AdmissionPlace {
  readonly repo: ConfigRepo;
  readonly ledger: Ledger;
  readonly revision: string;
  readonly project: Project;
}

export interface AdmissionQuestion {
  readonly environment: string;
  readonly release: Release;
  /** Git blob id of its file. */
  readonly digest: string;
  /** What this Hub serves there. */
  readonly serving: Content | undefined;
  readonly move:
    | { readonly kind: 'made'; readonly pointer: Pointer }
    /** `author`: of the planned move; `undefined` when unknown. */
    | { readonly kind: 'planned'; readonly author: string | undefined };
}

export interface Decision {
  readonly environment: string;
  readonly content: Content;
  readonly admission: Admission;
  /** When to decide again without new facts; milliseconds since 1970. */
  readonly again: number | undefined;
  /** Facts whose change may change the answer. */
  readonly wakes: readonly Fact[];
  /** `null` when no commit ever wrote the pointer. */
  readonly commit: MovingCommit | null;
  /** The environment of `from` that served it; `undefined` when none is required, or none did. */
  readonly source: string | undefined;
}

export interface AdmissionDeskOptions {
  readonly memory: ActivationMemory;
  readonly health: HealthNotes;
  readonly calls: CallRecords;
  readonly clock: Clock;
  readonly log: Log;
  readonly askHub: AskHub;
  readonly handles: DatabaseHandles;
  /** Value of an environment variable; `undefined` when it is not set, or commits may not name it. */
  readonly secret: (name: string) => string | undefined;
  /** What this Hub serves there; `null` when nothing. `undefined` when it does not serve the environment. */
  servedHere(environment: string): ServedHere | null | undefined;
  /** Events of this Hub that are not on the records branch yet. */
  pending(): readonly LedgerRecord[];
}

/** Another Hub does not announce a change of its answer. */
const askAgain = 10_000;

export class AdmissionDesk {
  readonly #options: AdmissionDeskOptions;

  constructor(options: AdmissionDeskOptions) {
    this.#options = options;
  }

  /** Throws git's errors about the followed branch. */
  async decide(place: AdmissionPlace, question: AdmissionQuestion): Promise<Decision> {
    const { clock, servedHere } = this.#options;
    const { environment, release, digest, move } = question;
    const { pipeline } = place.project;
    const policy = admissionPolicyOf(pipeline, environment);
    if (policy === undefined) throw unlisted(environment);
    const now = clock.now();
    const content = { release: release.release, digest };
    const at = { revision: place.revision, environment };
    const commit = move.kind === 'made' ? await readPointerCommit(place.ledger, at, pipeline) : null;
    const facts = await this.#gather(place, { policy, question, content, now, commit });
    const admission = admit(policy, facts.admission, now);
    const from = pipeline.environments.get(environment)?.from ?? [];
    const sources = facts.admission.gates.sources;
    const isElsewhere = !admission.isAdmitted && from.some((name) => servedHere(name) === undefined);
    const again = earliest(admission.again, facts.again, isElsewhere ? now + askAgain : undefined);
    const source = sources.find(
      ({ state }) =>
        state.known && (state.value.presence === 'now' || state.value.presence === 'promoted-away'),
    )?.environment;
    const compared = policy.gates.flatMap(({ settings }) => comparedWith(settings) ?? []);
    const watched = policy.gates.flatMap(({ settings }) => healthQuestionOf(settings)?.environment ?? []);
    const others = [...from, ...compared, ...watched, ...(policy.of === undefined ? [] : [policy.of])];
    const wakes: Fact[] = ['records', 'stops', 'policy', ...others.map((name): Fact => `serving:${name}`)];
    return { environment, content, admission, again, wakes, commit, source };
  }

  /** The normal path's gates for the served release, now. `before`: the previously served one; `null` when there was none. */
  async evaluate(
    place: AdmissionPlace,
    { environment, release, digest }: Pick<AdmissionQuestion, 'environment' | 'release' | 'digest'>,
    before: Content | null,
  ): Promise<readonly GateResult[]> {
    const policy = admissionPolicyOf(place.project.pipeline, environment);
    if (policy === undefined) return [];
    const now = this.#options.clock.now();
    const content = { release: release.release, digest };
    const move = { kind: 'planned', author: undefined } as const;
    const question = { environment, release, digest, serving: undefined, move };
    const { admission } = await this.#gather(place, { policy, question, content, now, commit: null, before });
    return evaluateMoveGates(policy, admission, { isHotfix: false, now }).gates;
  }

  async #gather(
    place: AdmissionPlace,
    { policy, question, content, now, commit, before }: GatherRequest,
  ): Promise<{ readonly admission: AdmissionFacts; readonly again: number | undefined }> {
    const { memory, log } = this.#options;
    const { ledger, revision, project } = place;
    const { pipeline } = project;
    const { environment, release, serving, move } = question;
    const at = { revision, environment };
    const isServed = serving !== undefined && isSame(serving, content);
    const rules = countingRules(pipeline, now);
    const nothing = { known: true, value: { checks: [], judgements: [] } } as const;
    const { ref, createdAt, notes = '' } = release;
    const described = { id: content.release, digest: content.digest, ref, createdAt, notes };
    const base: AdmissionFacts = {
      desired: content,
      serving,
      hasServed: serving !== undefined,
      ran: { events: 'unknown', memory: 'unknown', isNamedBeforeGates: false },
      move: movePlanned(),
      freezes: [],
      veto: undefined,
      shared: policy.of === undefined ? undefined : this.#readShared(policy.of),
      gates: {
        release: { ...described, authors: [] },
        moveAuthors: [],
        evidence: nothing,
        sources: [],
      },
    };
    if (isServed) return { admission: base, again: undefined };
    const pending = this.#options.pending();
    const [veto, ran, facts] = await Promise.all([
      ledger.veto(revision, content.release),
      readRanFacts({ ...at, ledger, memory, rules, content, movedBy: commit?.revision, log, pending }),
      move.kind === 'made'
        ? readMoveFacts({ ledger, place: at, pipeline, pointer: move.pointer, content })
        : movePlanned(),
    ]);
    const known = { ...base, ran, veto: veto ?? undefined, move: facts };
    // Nothing else stops a rollback, so no other facts are collected.
    if (before === undefined && classifyMove(policy, known) === 'rollback')
      return { admission: known, again: undefined };
    const last =
      before === undefined ? (serving ?? (await this.#servedLast(place, environment, now))) : before;
    const from = pipeline.environments.get(environment)?.from ?? [];
    const canaryName = canaryAmong(pipeline, from);
    const asks = (kind: string): boolean => policy.gates.some((gate) => gate.kind === kind);
    const compared = policy.gates.flatMap(({ settings }) => comparedWith(settings) ?? []);
    const [
      freezes,
      { evidence, again },
      sources,
      moveAuthors,
      authors,
      canary,
      migrations,
      backups,
      incidents,
      evaluations,
      health,
    ] = await Promise.all([
      ledger.freezes(revision, new Set(project.environments.keys())),
      policy.gates.length === 0
        ? { evidence: nothing, again: undefined }
        : readEvidence({ ledger, pipeline, environment, content, now }),
      readSources({ ...this.#options, ledger, pipeline, rules, revision, content }, from),
      ledger.moveAuthors(at, last),
      ledger.releaseAuthors(revision, content.release),
      canaryName === undefined
        ? undefined
        : readCanaryHistory({ ledger, pipeline, rules, content, environment: canaryName, pending }),
      asks('migrations')
        ? readMigrationFacts({ ...this.#options, ...place, environment, release, now })
        : undefined,
      asks('backup') ? readBackups({ ledger, place: at, rules, served: last }) : undefined,
      asks('incident') ? readOpenIncidents({ ledger, revision, rules }) : undefined,
      asks('evaluation')
        ? readEvaluationFacts({ ...this.#options, ledger, pipeline, rules, content }, compared)
        : undefined,
      asks('healthy')
        ? readHealth({ ...this.#options, ledger, pipeline, rules, revision, now, pending }, policy.gates)
        : undefined,
    ]);
    const asker = move.kind === 'planned' && move.author !== undefined ? [move.author.toLowerCase()] : [];
    const gates = {
      release: { ...described, authors: [...authors] },
      moveAuthors: [...new Set([...moveAuthors, ...asker])],
      evidence,
      sources,
      canary,
      migrations,
      backups,
      incidents,
      evaluations,
      health,
      variables: asks('variables')
        ? readVariableFacts({ ...this.#options, project, release, gates: policy.gates })
        : undefined,
    };
    return { admission: { ...known, hasServed: last !== null, freezes, gates }, again };
  }

  #readShared(environment: string): SharedFacts {
    const served = this.#options.servedHere(environment);
    if (served === undefined || served === null) return { environment, serving: undefined };
    const { release, digest, fits } = served;
    return { environment, serving: { release, digest, fits } };
  }

  /** What the environment served last, as far as this Hub or the events know. */
  async #servedLast(
    { ledger, revision, project }: AdmissionPlace,
    environment: string,
    now: number,
  ): Promise<Content | null> {
    const remembered = this.#options.memory.last(environment);
    if (remembered !== undefined) return { release: remembered.release, digest: remembered.digest };
    try {
      const rules = countingRules(project.pipeline, now);
      const isUndone = this.#options.memory.isUndoneIn(environment);
      return (await ledger.servedLast({ revision, environment, isUndone }, rules))?.content ?? null;
    } catch (thrown) {
      const problem = thrown instanceof Error ? thrown.message : String(thrown);
      this.#options.log.warn({ environment, problem }, 'the previously served release cannot be read');
      return null;
    }
  }
}

interface GatherRequest {
  readonly policy: AdmissionPolicy;
  readonly question: AdmissionQuestion;
  readonly content: Content;
  readonly now: number;
  /** `null` when the move is only planned. */
  readonly commit: MovingCommit | null;
  /** What was served before; `undefined` when the question is about a move. */
  readonly before?: Content | null;
}

function unlisted(environment: string): StkError {
  const message = `stk.yaml does not list the environment ${environment}.`;
  return new StkError('unknown-environment', message, { details: { environment } });
}

function isSame(a: Content, b: Content): boolean {
  return a.release === b.release && a.digest === b.digest;
}

function earliest(...moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
