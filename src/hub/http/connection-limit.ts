// How many connections the Hub accepts, so that file descriptors remain for git, databases and files. Pure.
import type { EnvironmentSettings, Limits } from '../../model/project.ts';

/** The project's settings of its databases. */
export interface DatabasesOf {
  readonly environments: ReadonlyMap<string, Pick<EnvironmentSettings, 'database' | 'of'>>;
  readonly limits: Pick<Limits, 'pool'>;
}

/** Descriptors for the process itself, its threads, its git processes, and the files and key sets that it reads. */
const ownDescriptors = 128;
/** Files of the embedded database. */
const embeddedFiles = 128;
/** Callers always get at least a quarter. */
const leastShare = 4;

/** `openFiles`: the process's descriptor limit; `undefined` when unknown or unlimited. */
export function limitConnections(
  wanted: number,
  openFiles: number | undefined,
  project: DatabasesOf,
): number {
  if (openFiles === undefined) return wanted;
  // A canary has no separate database.
  const databases = [...project.environments.values()]
    .filter(({ of }) => of === undefined)
    .map(({ database }) => database.kind);
  const servers = databases.filter((kind) => kind === 'server').length;
  const files = databases.includes('embedded') ? embeddedFiles : 0;
  const left = openFiles - ownDescriptors - files - servers * project.limits.pool;
  return Math.min(wanted, Math.max(left, Math.floor(openFiles / leastShare), 1));
}
