// A backup of an environment as a record, or why its author may not write it.
import {
  type EvidenceBasis,
  type EvidencePlan,
  fileEvidence,
  findContent,
  unknownRelease,
} from './plan-evidence.ts';
import type { BackupRecord } from '../model/pipeline/record.ts';

/** `release`: what the environment served. Refuses with `unknown-release`, `malformed`, `forbidden`. */
export async function planBackup(
  basis: EvidenceBasis,
  request: Pick<BackupRecord, 'release' | 'environment' | 'at' | 'size' | 'location' | 'verified'>,
): Promise<EvidencePlan> {
  const content = await findContent(basis, request.release);
  if (content === null) return unknownRelease(request.release);
  const { by, through } = basis;
  const written = through === undefined ? {} : { through };
  return fileEvidence(basis, { record: 'backup', digest: content.digest, by, ...written, ...request });
}
