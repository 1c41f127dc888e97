// The ledger of a config repo and the follower of its records branch: opened once any part of the governed path is
// configured.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { Ledger, type LedgerOptions } from '../../ledger/ledger.ts';
import type { Log } from '../log.ts';
import { RecordsFollower } from './records-follower.ts';

export interface OpenedLedger {
  readonly repo: ConfigRepo;
  readonly ledger: Ledger;
  readonly follower: RecordsFollower;
}

export interface OpenLedgerOptions extends LedgerOptions {
  readonly log: Log;
  /** The branch changed; `isBroken`: not only by growing. */
  onChange(isBroken: boolean): void;
}

export function openLedger({ repo, log, onChange, ...options }: OpenLedgerOptions): OpenedLedger {
  const ledger = new Ledger({ repo, ...options });
  const onRecords = (): void => onChange(ledger.records.state?.integrity.kind === 'broken');
  return {
    repo,
    ledger,
    follower: new RecordsFollower({ repo, records: ledger.records, log, onChange: onRecords }),
  };
}
