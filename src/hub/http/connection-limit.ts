// How many connections the Hub takes, so that file descriptors are left for what it lives by: git, databases, files. Pure.
import type { EnvironmentSettings, Limits } from '../../model/project.ts';

/** What a project says of its databases. */
export interface DatabasesOf {
  readonly environments: ReadonlyMap<string, Pick<EnvironmentSettings, 'database' | 'of'>>;
  readonly limits: Pick<Limits, 'pool'>;
}

/** Descriptors of the process itself, its threads and its git processes, and of files and key sets that it reads. */
const ownDescriptors = 128;
/** Files of the embedded database. */
const embeddedFiles = 128;
/** However few there are, callers get a quarter. */
const leastShare = 4;

/** `openFiles`: most descriptors that the process may have; `undefined` when it is not known, or without limit. */
export function limitConnections(
  wanted: number,
  openFiles: number | undefined,
  project: DatabasesOf,
): number {
  if (openFiles === undefined) return wanted;
  // A canary has no database of its own.
  const databases = [...project.environments.values()]
    .filter(({ of }) => of === undefined)
    .map(({ database }) => database.kind);
  const servers = databases.filter((kind) => kind === 'server').length;
  const files = databases.includes('embedded') ? embeddedFiles : 0;
  const left = openFiles - ownDescriptors - files - servers * project.limits.pool;
  return Math.min(wanted, Math.max(left, Math.floor(openFiles / leastShare), 1));
}
