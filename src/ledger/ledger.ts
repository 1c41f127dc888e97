// The facts that git holds about releases: puts together the histories of the followed branch and the records branch for one
// config repo. Each part's work is in a file of its own; this one is what the rest of stk asks.
import { join } from 'node:path';
import type { ConfigRepo } from '../git/config-repo.ts';
import type { EventRecord } from '../model/record.ts';
import { moveAuthors, releaseAuthors } from './intent/authors.ts';
import { GovernanceHistory } from './intent/governance-history.ts';
import { PointerHistory, type Content } from './intent/pointer-history.ts';
import { eventsOf, type CountingRecord } from './records/fold-records.ts';
import { judgeRecord, type CountingRules, type JudgedRecord } from './records/judge-record.ts';
import { RecordReader } from './records/record-reader.ts';
import { RecordsBranch } from './records/records-branch.ts';
import { ranBefore, servedLast, type Activation, type RanBefore } from './served-before.ts';

export interface LedgerOptions {
  readonly repo: ConfigRepo;
  /** What was verified is remembered below it. */
  readonly stateDirectory: string;
}

/** A commit of the followed branch, and whose history is asked for. */
export interface LedgerPlace {
  readonly revision: string;
  readonly environment: string;
}

export class Ledger {
  readonly pointers: PointerHistory;
  readonly governance: GovernanceHistory;
  /** Call its `update` whenever the records branch may have moved; everything else speaks as of the last update. */
  readonly records: RecordsBranch;
  readonly #repo: ConfigRepo;
  readonly #reader: RecordReader;

  constructor({ repo, stateDirectory }: LedgerOptions) {
    this.#repo = repo;
    this.pointers = new PointerHistory(repo);
    this.governance = new GovernanceHistory(repo, this.pointers);
    this.records = new RecordsBranch({ repo, directory: join(stateDirectory, 'records') });
    this.#reader = new RecordReader(repo, this.records);
  }

  /** Every record of a release, the oldest first, with the reason where one does not count. */
  async recordsOf(release: string, rules: CountingRules): Promise<readonly JudgedRecord[]> {
    return (await this.#reader.of(release)).map((found) => judgeRecord(found, rules));
  }

  /** Counting events of a content in all environments, the oldest first, each once. */
  async eventsOf(content: Content, rules: CountingRules): Promise<readonly CountingRecord<EventRecord>[]> {
    return eventsOf(await this.recordsOf(content.release, rules), content.digest);
  }

  /** Who may not approve because the move is theirs: mails in lower case. `served` null: nothing is. */
  moveAuthors(place: LedgerPlace, served: Content | null): Promise<ReadonlySet<string>> {
    return moveAuthors(this.#repo, this.pointers, { ...place, served });
  }

  /** Who may not approve because the release is theirs: mails in lower case. */
  releaseAuthors(revision: string, release: string): Promise<ReadonlySet<string>> {
    return releaseAuthors(this.#repo, { revision, release });
  }

  /** By the counting events and by what undid them; the Hub's own memory is the caller's. */
  ranBefore(place: LedgerPlace, content: Content, rules: CountingRules): Promise<RanBefore> {
    return ranBefore(this.#served(place, rules), content);
  }

  /** By the pointer's history before the environment had gates. */
  wasNamedBeforeGates({ revision, environment }: LedgerPlace, content: Content): Promise<boolean> {
    return this.governance.wasNamedBeforeGates(revision, environment, content);
  }

  /** What a Hub that serves nothing yet falls back to; null: no counting event says that anything was served. */
  servedLast(place: LedgerPlace, rules: CountingRules): Promise<Activation | null> {
    return servedLast(this.#served(place, rules));
  }

  #served(place: LedgerPlace, rules: CountingRules) {
    const { pointers } = this;
    return { ...place, pointers, eventsOf: (content: Content) => this.eventsOf(content, rules) };
  }
}
