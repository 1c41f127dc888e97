// Backs up and restores the embedded database of a state directory: its data directory at one moment. While a Hub runs,
// an outside session holds the engine, so that nothing is written meanwhile; calls wait until it ends.
import { access, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { StkError } from '../../kernel/errors.ts';
import { requireOwnFolder } from '../socket/own-folder.ts';
import { socketPathOf } from '../socket/socket-address.ts';
import {
  backupFormat,
  extractBackupFile,
  openBackupFile,
  writeBackupFile,
  type BackupHeader,
  type WrittenBackup,
} from './backup-file.ts';
import { acquireLockFile } from './lock-file.ts';

export interface BackupRequest {
  /** Folder of the embedded database. */
  readonly directory: string;
  readonly project: string;
  readonly environment: string;
  /** The embedded environments of the project. */
  readonly environments: readonly string[];
  /** Where the backup is written; the file must not exist. */
  readonly path: string;
  /** RFC 3339. */
  readonly at: string;
}

export interface RestoreRequest {
  readonly directory: string;
  readonly project: string;
  readonly path: string;
  /** An existing database is moved aside and kept. */
  readonly replaces: boolean;
  /** For the name of the kept database: letters and digits. */
  readonly stamp: string;
}

const marker = 'restore.json';
const staged = 'data.restoring';

/** Throws `database-unavailable`, `usage`. */
export async function backUpEmbedded(
  request: BackupRequest,
): Promise<WrittenBackup & { readonly header: BackupHeader }> {
  const { directory, path, project, environment, environments, at } = request;
  const data = join(directory, 'data');
  if (!(await exists(data)))
    throw new StkError('database-unavailable', `There is no embedded database in ${directory}.`, {
      hint: 'Start the Hub once (stk hub), or name its state directory with --state DIR.',
    });
  if (await exists(path))
    throw new StkError('usage', `${path} already exists`, { hint: 'Name another file with --to FILE.' });
  const release = await holdStill(directory, environment);
  try {
    const postgres = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
    const header = {
      stk: 'embedded-backup',
      format: backupFormat,
      project,
      environments,
      at,
      postgres,
    } as const;
    return { ...(await writeBackupFile(path, { directory: data, header })), header };
  } finally {
    await release();
  }
}

/** Stops all writes until it is released: through the Hub that has the database open, or by the folder's lock. */
async function holdStill(directory: string, environment: string): Promise<() => Promise<void>> {
  const locked = await acquireLockFile(join(directory, 'lock')).catch((error: unknown) => {
    if (error instanceof StkError && error.code === 'state-locked') return undefined;
    throw error;
  });
  if (locked !== undefined) return locked;
  const folder = dirname(socketPathOf(directory));
  await requireOwnFolder(folder);
  const client = new Client({ host: folder, user: 'postgres', database: environment });
  client.on('error', () => undefined);
  try {
    await client.connect();
    // An open transaction holds the engine.
    await client.query('begin');
    await client.query('select 1');
  } catch (cause) {
    await client.end().catch(() => undefined);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StkError(
      'database-unavailable',
      `The embedded database of ${environment} cannot be locked for the backup: ${why}.`,
      {
        hint: 'Another outside session may be connected: let it end, then run this again.',
        cause,
      },
    );
  }
  return async () => {
    await client.query('rollback').catch(() => undefined);
    await client.end();
  };
}

/** Throws `state-locked` while a Hub runs, `usage` for a file that must not be restored here. */
export async function restoreEmbedded(
  request: RestoreRequest,
): Promise<{ readonly header: BackupHeader; readonly kept: string | null }> {
  const { directory, project, path, replaces, stamp } = request;
  const header = await openBackupFile(path);
  if (header.project !== project)
    throw new StkError(
      'usage',
      `${path} is a backup of the project ${JSON.stringify(header.project)}, not of ${project}`,
      {
        hint: 'Name a backup of this project, or the config repo of that one with --repo.',
      },
    );
  const release = await acquireLockFile(join(directory, 'lock'));
  try {
    await finishRestore(directory);
    const data = join(directory, 'data');
    const isThere = await exists(data);
    if (isThere && !replaces)
      throw new StkError('usage', `${directory} has an embedded database already`, {
        hint: 'Give --replace to replace it (the old database is kept beside it), or restore into another state directory with --state DIR.',
      });
    await requireSameServer(data, header);
    await rm(join(directory, staged), { recursive: true, force: true });
    await extractBackupFile(path, join(directory, staged));
    const kept = isThere ? `data.before-${stamp}` : null;
    // From here on, the next process that opens the folder completes the restore.
    await writeFile(join(directory, marker), JSON.stringify({ kept }), { flush: true, mode: 0o600 });
    await finishRestore(directory);
    return { header, kept: kept === null ? null : join(directory, kept) };
  } finally {
    await release();
  }
}

async function requireSameServer(data: string, { postgres }: BackupHeader): Promise<void> {
  const here = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (here === undefined || here.trim() === postgres) return;
  throw new StkError(
    'usage',
    `the backup is of PostgreSQL ${postgres}, and the database here of ${here.trim()}`,
    {
      hint: 'Restore it with the stk that made it.',
    },
  );
}

/** Completes a restore that was killed between its two renames. The caller holds the lock of the folder. */
export async function finishRestore(directory: string): Promise<void> {
  const written = await readFile(join(directory, marker), 'utf8').catch(() => undefined);
  if (written === undefined) return;
  const kept = /"kept":"(data\.before-[A-Za-z0-9]+)"/.exec(written)?.[1];
  const [data, from] = [join(directory, 'data'), join(directory, staged)];
  if (await exists(from)) {
    if (kept !== undefined && (await exists(data))) await rename(data, join(directory, kept));
    await rename(from, data);
  }
  await rm(join(directory, marker));
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
