// The baseline that `stk release cut` measures into a release's `contract:`. Rules that compare the live
// database with how it was at the cut read it; where a part is absent they are silent.
import type { JsonObject } from './json.ts';

/** Validated by schemas/contract.json; typed in full where the cut writes it. */
export type Contract = JsonObject;
