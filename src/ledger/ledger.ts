// The facts in git about releases: combines the histories of the followed branch and the records branch for one config
// repo. Each part has its own file; the rest of stk uses this one.
import { join } from 'node:path';
import type { CommitInfo, ConfigRepo } from '../git/config-repo.ts';
import type { Freeze, Veto } from '../model/pipeline/freeze.ts';
import type { JudgedWaiver } from '../model/migration.ts';
import type { Pipeline } from '../model/pipeline/pipeline.ts';
import type { EventRecord } from '../model/pipeline/record.ts';
import { moveAuthors, releaseAuthors } from './intent/authors.ts';
import { readWaivers } from './intent/migration-files.ts';
import { type Incidents, readIncidents } from './incidents/read-incidents.ts';
import { GovernanceHistory } from './intent/governance-history.ts';
import { PointerHistory, type Content } from './intent/pointer-history.ts';
import { readFreezes, readKeptFreezes, readKeptVeto, readReleaseVeto } from './intent/stops.ts';
import { eventsOf, type CountingRecord } from './records/fold-records.ts';
import type { CountingRules, JudgedRecord } from './records/judge-record.ts';
import { JudgedRecords } from './records/judged-records.ts';
import { RecordsBranch } from './records/records-branch.ts';
import type { CommitStanding } from './trust/judge-commit.ts';
import { Trust } from './trust/trust.ts';
import { ranBefore, servedLast, type RecordedActivation, type RanBefore } from './served-before.ts';

export interface LedgerOptions {
  readonly repo: ConfigRepo;
  /** The memory of verified records is below it. */
  readonly stateDirectory: string;
  /** Updated by the code that follows the branch; `undefined` when nothing that needs a signature counts. */
  readonly trust?: Trust | undefined;
}

/** A commit of the followed branch, and the environment in question. */
export interface LedgerPlace {
  readonly revision: string;
  readonly environment: string;
  /** Whether the Hub itself remembers undoing the activation of a pointer commit. */
  readonly isUndone?: ((revision: string) => boolean) | undefined;
}

export class Ledger {
  readonly pointers: PointerHistory;
  readonly governance: GovernanceHistory;
  /** Call its `update` whenever the records branch may have moved; everything else is based on the last update. */
  readonly records: RecordsBranch;
  /** The trusted signatures. */
  readonly trust: Trust;
  readonly #repo: ConfigRepo;
  readonly #judged: JudgedRecords;

  constructor({ repo, stateDirectory, trust = new Trust() }: LedgerOptions) {
    this.#repo = repo;
    this.trust = trust;
    this.pointers = new PointerHistory(repo);
    this.governance = new GovernanceHistory(repo, this.pointers);
    this.records = new RecordsBranch({ repo, directory: join(stateDirectory, 'records') });
    this.#judged = new JudgedRecords({ repo, source: this.records, trust });
  }

  /** Every record of a release, the oldest first, with the reason when one does not count. */
  recordsOf(release: string, rules: CountingRules): Promise<readonly JudgedRecord[]> {
    return this.#judged.of(release, rules);
  }

  /** The events that count for a content in all environments, the oldest first, each once. */
  async eventsOf(content: Content, rules: CountingRules): Promise<readonly CountingRecord<EventRecord>[]> {
    return eventsOf(await this.recordsOf(content.release, rules), content.digest);
  }

  /** Who may not approve because they authored the move: mails in lower case. `served` null when nothing is served. */
  moveAuthors(place: LedgerPlace, served: Content | null): Promise<ReadonlySet<string>> {
    return moveAuthors(this.#repo, this.pointers, { ...place, served });
  }

  /** Who may not approve because they authored the release: mails in lower case. */
  releaseAuthors(revision: string, release: string): Promise<ReadonlySet<string>> {
    return releaseAuthors(this.#repo, { revision, release });
  }

  /** From the counting events and what undid them; the caller adds the Hub's own memory. */
  ranBefore(place: LedgerPlace, content: Content, rules: CountingRules): Promise<RanBefore> {
    return ranBefore(this.#served(place, rules), content);
  }

  /** From the pointer's history before the environment had gates. */
  wasNamedBeforeGates({ revision, environment }: LedgerPlace, content: Content): Promise<boolean> {
    return this.governance.wasNamedBeforeGates(revision, environment, content);
  }

  /** What a Hub that serves nothing yet falls back to; `null` when no counting event shows that anything was served. */
  servedLast(place: LedgerPlace, rules: CountingRules): Promise<RecordedActivation | null> {
    return servedLast(this.#served(place, rules));
  }

  /** Whether the commit that requests a move counts: the newest that changed the pointer. `content`: the desired one. */
  async judgePointer(
    { revision, environment }: LedgerPlace,
    content: Content,
    pipeline: Pipeline,
  ): Promise<CommitStanding> {
    const mode = pipeline.environments.get(environment)?.signatures ?? pipeline.trust.signatures;
    if (mode === 'none') return { counts: true };
    for await (const { commit } of this.pointers.walk(revision, environment))
      return this.trust.judgePointer(this.#repo, { commit, environment, content });
    return { counts: false, why: `no commit ever changed environments/${environment}.yaml.` };
  }

  /** Every freeze in force at a commit, broken ones included. `environments`: all of the project. */
  async freezes(revision: string, environments: ReadonlySet<string>): Promise<readonly Freeze[]> {
    const kept = await this.trust.keptStops(this.#repo, revision);
    const held = await readFreezes(this.#repo, revision, environments);
    return kept.size === 0 ? held : [...held, ...(await readKeptFreezes(this.#repo, kept, environments))];
  }

  /** The incidents at a commit, with their records. */
  incidents(revision: string, rules: CountingRules): Promise<Incidents> {
    const recordsOf = (release: string) => this.recordsOf(release, rules);
    return readIncidents({ repo: this.#repo, revision, recordsOf });
  }

  /** The veto of a release in force at a commit; `null` when none exists. */
  async veto(revision: string, release: string): Promise<Veto | null> {
    const kept = await this.trust.keptStops(this.#repo, revision);
    return (await readReleaseVeto(this.#repo, revision, release)) ?? readKeptVeto(this.#repo, kept, release);
  }

  /** Every waiver of a migration, with the reason when one does not count. */
  async waivers(
    { revision, environment }: LedgerPlace,
    pipeline: Pipeline,
  ): Promise<readonly JudgedWaiver[]> {
    const mode = pipeline.environments.get(environment)?.signatures ?? pipeline.trust.signatures;
    const judgeCommit = async (commit: CommitInfo): Promise<string | undefined> => {
      if (mode === 'none') return undefined;
      const judged = await this.trust.judgeRecord(this.#repo, commit);
      return judged.counts ? undefined : judged.why;
    };
    return readWaivers(this.#repo, revision, { people: pipeline.people, judgeCommit });
  }

  #served(place: LedgerPlace, rules: CountingRules) {
    const { pointers } = this;
    return { ...place, pointers, eventsOf: (content: Content) => this.eventsOf(content, rules) };
  }
}
