// The freeze that automation sets when something goes wrong: `freezes/<environment>-<date>-<n>-incident.yaml`. Hotfixes pass it,
// and `stk unfreeze` ends it.
import { formatFreeze } from '../documents/format-stops.ts';
import { freezeFolder, freezePath } from '../model/pipeline/freeze.ts';
import type { FilesBeside } from './plan.ts';

export interface IncidentFreezeFacts {
  readonly environment: string;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Most characters of a name, as of an environment's. */
const longestName = 64;
const longestReason = 2_000;

/** One file, under the first free name. */
export function incidentFreeze({ environment, reason, at }: IncidentFreezeFacts): FilesBeside {
  return async (place) => {
    const taken = await place.names(freezeFolder);
    const day = new Date(at).toISOString().slice(0, 10);
    for (let n = 1; ; n += 1) {
      const rest = `-${day}-${n}-incident`;
      const name = `${environment.slice(0, longestName - rest.length)}${rest}`;
      if (taken.includes(`${name}.yaml`)) continue;
      const freeze = { name, environments: [environment], reason: reason.slice(0, longestReason) };
      return new Map([[freezePath(name), formatFreeze({ ...freeze, allowsHotfix: true })]]);
    }
  };
}
