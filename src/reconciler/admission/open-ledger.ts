// The ledger of a config repo and what follows its records branch: opened once anything of the governed path is configured.
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
  /** The branch is another one than before; `isBroken`: it did not only grow. */
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
