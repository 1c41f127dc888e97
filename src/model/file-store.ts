// What a release needs of files that an application keeps on disk, and what looking at them found.
import type { JsonObject } from '../kernel/json.ts';

export interface FileNeed {
  /** Relative to the root of the environment; `*` within a name, `**` for any folders. */
  readonly glob: string;
  /** JSON Schema of each file; `undefined` when it only has to be JSON. */
  readonly schema: JsonObject | boolean | undefined;
  /** At least one file has to be there. */
  readonly isRequired: boolean;
}

export interface FileProblem {
  readonly code: 'FIL001' | 'FIL002' | 'FIL003';
  /** Relative to the root. */
  readonly file: string;
  /** Never a value of the file. */
  readonly why: string;
  /** It is no fault of a file: the files could not be looked at. */
  readonly isUnseen?: true;
}
