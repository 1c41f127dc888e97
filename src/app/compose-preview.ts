// Puts `stk db preview` together: makes a scratch database from the environment's applied migrations, and runs the new
// ones there. Loaded by main.ts for that command.
import type { PreviewAnswer, PreviewCommand } from '../cli/services.ts';
import type { LedgerComparison } from '../compatibility/migrations/compare-ledger.ts';
import type { Migration } from '../compatibility/migrations/migration-set.ts';
import { readMigrationFolder } from '../compatibility/migrations/read-folder.ts';
import { readPosture } from '../compatibility/migrations/read-posture.ts';
import {
  compareSchemas,
  describeSchema,
  sayDifference,
  type SchemaItem,
} from '../compatibility/preview/describe-schema.ts';
import { previewMigration, type MigrationText } from '../compatibility/preview/preview-migration.ts';
import { takeUpHalf } from '../compatibility/cut/up-half.ts';
import { StkError } from '../kernel/errors.ts';
import type { MigrationSettings } from '../model/migration.ts';
import type { EnvironmentSettings } from '../model/project.ts';
import { loadSqlParser } from '../sql/prepare-statement.ts';
import { requireMigrations, requireProject, type MigrationWorld } from './compose-migrations.ts';
import { openEnvironment, settingsOf } from './open-environment.ts';
import { openScratchFor } from './open-scratch.ts';

/** Throws StkError. */
export async function runPreview(command: PreviewCommand, world: MigrationWorld): Promise<PreviewAnswer> {
  const { environment, root, urlFrom, signal, onProgress } = command;
  const project = await requireProject(root);
  const migrations = requireMigrations(project, environment);
  const settings = settingsOf(project, environment);
  const found = await readMigrationFolder(root, migrations.dir);
  await loadSqlParser();
  const opened = await openEnvironment({ ...command, project }, { ...world, onProgress });
  let compared: LedgerComparison;
  let live: readonly SchemaItem[];
  try {
    compared = await readPosture(opened.session, migrations, found);
    const { unreadable } = compared.posture;
    if (unreadable !== undefined)
      throw new StkError(
        'indeterminate',
        `It is not known which migrations ${environment} has: ${unreadable}.`,
        {
          hint: `stk db status --env ${environment}`,
        },
      );
    const [row] = await opened.session.query('select current_schema() as name');
    live = await describeSchema(opened.session, {
      schemas: ownSchemas(settings, row?.['name'] ?? 'public'),
      without: ledgerNames(migrations, compared),
    });
  } finally {
    await opened.close();
  }
  const plan = planFiles(command.files, compared, migrations);
  onProgress(
    `Starting a scratch database for ${plan.applied.length + plan.first.length} migrations (some seconds) …`,
  );
  const scratch = await openScratchFor(plan.applied, { ...world, urlFrom, signal });
  try {
    const made = await describeSchema(scratch.session, {
      schemas: undefined,
      without: ledgerNames(migrations, compared),
    });
    const differences = compareSchemas(live.filter(isCompared), made.filter(isCompared));
    const preview = await previewMigration(scratch.session, {
      files: [...plan.first, ...plan.asked],
      releases: command.releases,
      settings: {
        strict: settings.compatibility === 'strict',
        accept: settings.accept,
        now: world.clock.now(),
      },
      signal,
    });
    return {
      ...preview,
      appliedFirst: plan.first.map(({ file }) => file),
      differences: differences.map(sayDifference),
    };
  } finally {
    await scratch.close();
  }
}

/** For an embedded database, the environment's own schemas; for a server, all schemas. */
function ownSchemas({ database }: EnvironmentSettings, current: string): readonly string[] | undefined {
  return database.kind === 'embedded' ? [current] : undefined;
}

/** The tool creates its ledger; no migration does. */
function ledgerNames({ table }: MigrationSettings, { posture }: LedgerComparison): readonly string[] {
  const name = (table ?? posture.table).split('.').at(-1) ?? '';
  return [name, `${name}_id_seq`, 'schema_lock', 'ar_internal_metadata'];
}

/** A scratch database does not have the environment's roles. */
function isCompared({ kind, name }: SchemaItem): boolean {
  return !['grant', 'owner', 'extension'].includes(kind) && !(kind === 'schema' && name === 'drizzle');
}

interface Plan {
  readonly applied: readonly MigrationText[];
  /** Pending migrations before the chosen ones. */
  readonly first: readonly MigrationText[];
  readonly asked: readonly MigrationText[];
}

function planFiles(
  files: readonly { readonly file: string; readonly inFolder: string | undefined; readonly text: string }[],
  { posture, migrations }: LedgerComparison,
  { dir }: MigrationSettings,
): Plan {
  const pending = new Set(posture.pending.map(({ path }) => path));
  const asked = new Set(files.flatMap(({ inFolder }) => inFolder ?? []));
  const positions = migrations.flatMap(({ path }, i) => (asked.has(path) ? [i] : []));
  const last = positions.length === 0 ? 0 : Math.max(...positions);
  const isFirst = ({ path }: Migration, i: number): boolean =>
    pending.has(path) && !asked.has(path) && i < last;
  return {
    applied: migrations
      .filter(({ path }) => !pending.has(path) && !asked.has(path))
      .map((one) => sqlOf(one, dir)),
    first: migrations.filter(isFirst).map((one) => sqlOf(one, dir)),
    asked: files.map(({ file, text }) => {
      const half = takeUpHalf(text.replace(/^\uFEFF/, ''));
      if (half.ok) return { file, sql: half.sql };
      throw new StkError('usage', `${file}:${half.line}: ${half.message}`);
    }),
  };
}

/** Throws `usage` for a migration that only its own tool can run. */
export function sqlOf({ up, path }: Migration, dir: string): MigrationText {
  const file = `${dir}/${path}`;
  if (up.kind === 'sql') return { file, sql: up.sql };
  const why = up.kind === 'program' ? 'is a program, which only its own tool can run' : up.why;
  throw new StkError('usage', `${file} ${why}`, {
    hint: 'stk can only try migrations in SQL. For other migrations, run them on a copy, then check it: stk release check --all.',
  });
}
