// Where the Hub of this clone keeps its state, as `--state` of the `db` commands says.
import { join, resolve } from 'node:path';
import type { CommandContext } from './context.ts';

export interface DatabaseOptions {
  readonly env: string;
  readonly state?: string;
}

/** Absolute path. */
export function stateDirectory({ root, services }: CommandContext, { state }: DatabaseOptions): string {
  return state === undefined ? join(root, '.stk') : resolve(services.workingDirectory, state);
}
