// The records about the canary of a content, for the gate of the environment that it is to enter next.
import type { Content } from '../../../gates/admission/admission-facts.ts';
import { asStkError } from '../../../kernel/errors.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import { overrideRoles } from '../../../ledger/records/counting-rules.ts';
import { foldCanary } from '../../../ledger/records/fold-canary.ts';
import { eventKey } from '../../../ledger/records/fold-records.ts';
import type { CountingRules } from '../../../ledger/records/judge-record.ts';
import type { CanaryHistory, Known } from '../../../model/pipeline/gate-facts.ts';
import type { Pipeline } from '../../../model/pipeline/pipeline.ts';
import type { EventRecord, LedgerRecord } from '../../../model/pipeline/record.ts';

export interface CanaryRequest {
  readonly ledger: Ledger;
  readonly pipeline: Pipeline;
  readonly rules: CountingRules;
  readonly content: Content;
  /** The canary environment. */
  readonly environment: string;
  /** Events of this Hub that are not on the records branch yet, the oldest first. */
  readonly pending: readonly LedgerRecord[];
}

export async function readCanaryHistory(request: CanaryRequest): Promise<Known<CanaryHistory>> {
  const { ledger, pipeline, rules, content, environment, pending } = request;
  const analysis = pipeline.environments.get(environment)?.canary?.analysis;
  try {
    const written = await ledger.eventsOf(content, rules);
    const known = new Set(written.map(({ record }) => eventKey(record)));
    const waiting = pending.filter(
      (one): one is EventRecord =>
        one.record === 'event' &&
        one.release === content.release &&
        one.digest === content.digest &&
        !known.has(eventKey(one)),
    );
    const events = [...written, ...waiting.map((record) => ({ path: '', record }))];
    const newest = foldCanary(events, environment);
    const override = overrideRoles(pipeline, environment);
    return { known: true, value: { environment, hasAnalysis: analysis !== undefined, override, newest } };
  } catch (thrown) {
    return { known: false, why: asStkError(thrown).message };
  }
}
