// The records about one content for one environment, for gates.
import { countingRules } from '../../../ledger/records/counting-rules.ts';
import { countingOf } from '../../../ledger/records/fold-records.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import { asStkError } from '../../../kernel/errors.ts';
import type { Content } from '../../../gates/admission/admission-facts.ts';
import type { Evidence, Known } from '../../../model/pipeline/gate-facts.ts';
import type { Pipeline } from '../../../model/pipeline/pipeline.ts';

export interface EvidenceRequest {
  readonly ledger: Ledger;
  readonly pipeline: Pipeline;
  readonly environment: string;
  readonly content: Content;
  readonly now: number;
}

export interface ReadEvidence {
  readonly evidence: Known<Evidence>;
  /** When a record with a future date may count; milliseconds since 1970. */
  readonly again: number | undefined;
}

export async function readEvidence(request: EvidenceRequest): Promise<ReadEvidence> {
  const { ledger, pipeline, environment, content, now } = request;
  const { release, digest } = content;
  try {
    const judged = await ledger.recordsOf(release, countingRules(pipeline, now));
    const checks = countingOf(judged, 'check', digest);
    const drills = countingOf(judged, 'drill', digest);
    const places = new Map(judged.map(({ path }, position) => [path, position]));
    const judgements = [...countingOf(judged, 'approval', digest), ...countingOf(judged, 'rejection', digest)]
      .filter(({ record }) => record.environment === environment)
      .sort((a, b) => (places.get(a.path) ?? 0) - (places.get(b.path) ?? 0));
    const moments = judged.flatMap(({ again }) => again ?? []);
    const again = moments.length === 0 ? undefined : Math.min(...moments);
    return { evidence: { known: true, value: { checks, judgements, drills } }, again };
  } catch (thrown) {
    const why = `the records cannot be read: ${asStkError(thrown).message}`;
    return { evidence: { known: false, why }, again: undefined };
  }
}
