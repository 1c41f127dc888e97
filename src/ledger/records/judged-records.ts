// Reads the records of a release and decides which count: by the rules and, when a signature is needed, by that of the
// commit that added it.
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { Trust } from '../trust/trust.ts';
import { judgeRecord, type CountingRules, type JudgedRecord } from './judge-record.ts';
import { RecordReader, type RecordSource } from './record-reader.ts';

export interface JudgedRecordsOptions {
  readonly repo: ConfigRepo;
  readonly source: RecordSource;
  /** The trusted signatures. */
  readonly trust: Trust;
}

export class JudgedRecords {
  readonly #repo: ConfigRepo;
  readonly #trust: Trust;
  readonly #reader: RecordReader;

  constructor({ repo, source, trust }: JudgedRecordsOptions) {
    this.#repo = repo;
    this.#trust = trust;
    this.#reader = new RecordReader(repo, source);
  }

  /** Every record of a release, the oldest first, with the reason when one does not count. */
  async of(release: string, rules: CountingRules): Promise<readonly JudgedRecord[]> {
    const judged = (await this.#reader.of(release)).map((found) => judgeRecord(found, rules));
    return Promise.all(judged.map((one) => this.#judgeSignature(one, rules)));
  }

  async #judgeSignature(judged: JudgedRecord, rules: CountingRules): Promise<JudgedRecord> {
    const { record, refusal, commit } = judged;
    if (record === null || refusal !== null || !rules.needsSignature(record)) return judged;
    const signed = await this.#trust.judgeRecord(this.#repo, commit);
    return signed.counts ? judged : { ...judged, refusal: signed.why };
  }
}
