// Puts `stk db rehearse` together: makes a scratch database with every migration before the rehearsed one. Does not
// need the environment's database. Loaded by main.ts for that command.
import type { RehearsalAnswer, RehearsalCommand } from '../cli/services.ts';
import { findNamed } from '../compatibility/migrations/keys.ts';
import { readMigrationSet, type Migration } from '../compatibility/migrations/migration-set.ts';
import { readMigrationFolder } from '../compatibility/migrations/read-folder.ts';
import { sayDifference } from '../compatibility/preview/describe-schema.ts';
import { rehearseMigration } from '../compatibility/preview/rehearse-migration.ts';
import { StkError } from '../kernel/errors.ts';
import { sqlOf } from './compose-preview.ts';
import { requireMigrations, requireProject, type MigrationWorld } from './compose-migrations.ts';
import { openScratchFor } from './open-scratch.ts';

/** Throws StkError. */
export async function runRehearsal(
  command: RehearsalCommand,
  world: MigrationWorld,
): Promise<RehearsalAnswer> {
  const { root, urlFrom, signal, onProgress } = command;
  const project = await requireProject(root);
  const environment =
    command.environment ??
    [...project.environments.values()].find(({ migrations }) => migrations !== undefined)?.name;
  if (environment === undefined)
    throw new StkError('usage', 'no environment of stk.yaml says where its migrations are', {
      hint: 'Add for example: migrations: { dir: migrations, tool: plain }',
    });
  const settings = requireMigrations(project, environment);
  const found = await readMigrationFolder(root, settings.dir);
  const set = found.ok ? readMigrationSet(settings.tool, found.files) : found;
  if (!set.ok) throw new StkError('usage', `${settings.dir}: ${set.message}`);
  const asked = choose(set.migrations, command.migration, settings.dir);
  const up = sqlOf(asked, settings.dir).sql;
  const { name, path, down } = asked;
  const file = `${settings.dir}/${path}`;
  if (down === undefined)
    return {
      migration: name,
      file,
      isInverse: false,
      why: 'it has no way down',
      afterDown: [],
      afterUpAgain: [],
    };
  if (down.kind !== 'sql')
    throw new StkError('usage', `the way down of ${file} is not SQL, which only its own tool can run`);
  const before = set.migrations
    .slice(0, set.migrations.indexOf(asked))
    .map((one) => sqlOf(one, settings.dir));
  onProgress(`Starting a scratch database for ${before.length} migrations (some seconds) …`);
  const scratch = await openScratchFor(before, { ...world, urlFrom, signal });
  try {
    const { afterDown, afterUpAgain, failure } = await rehearseMigration(scratch.session, {
      up,
      down: down.sql,
    });
    const isInverse = failure === undefined && afterDown.length === 0 && afterUpAgain.length === 0;
    return {
      migration: name,
      file,
      isInverse,
      why: failure === undefined ? undefined : `its step "${failure.step}" fails: ${failure.message}`,
      afterDown: afterDown.map(sayDifference),
      afterUpAgain: afterUpAgain.map(sayDifference),
    };
  } finally {
    await scratch.close();
  }
}

/** Throws `usage`. Default: the last. */
function choose(migrations: readonly Migration[], wanted: string | undefined, dir: string): Migration {
  const found = wanted === undefined ? migrations.at(-1) : findNamed(migrations, wanted);
  if (found !== undefined) return found;
  throw new StkError(
    'usage',
    wanted === undefined
      ? `${dir} has no migration`
      : `${dir} has no migration ${JSON.stringify(wanted)}, or several that match`,
    {
      hint: `The last ones are: ${migrations
        .slice(-5)
        .map(({ name }) => name)
        .join(', ')}`,
    },
  );
}
