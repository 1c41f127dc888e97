// The files of an application on disk that a release needs, and the result of checking them.
import type { JsonObject } from '../kernel/json.ts';

export interface FileNeed {
  /** Relative to the environment's root; `*` within a name, `**` for any folders. */
  readonly glob: string;
  /** JSON Schema of each file; `undefined` when it only has to be JSON. */
  readonly schema: JsonObject | boolean | undefined;
  /** At least one file must exist. */
  readonly isRequired: boolean;
}

export interface FileProblem {
  readonly code: 'FIL001' | 'FIL002' | 'FIL003';
  /** Relative to the root. */
  readonly file: string;
  /** Never a value of the file. */
  readonly why: string;
  /** The files could not be read at all. */
  readonly isUnseen?: true;
}
