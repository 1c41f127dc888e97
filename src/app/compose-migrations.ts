// Puts `stk db status` together: the migrations of the work tree, the waivers of its commit, and the ledger in the
// environment's database. Loaded by main.ts for that command.
import type { MigrationStatus, MigrationStatusRequest } from '../cli/services.ts';
import { judgePosture } from '../compatibility/migrations/judge-posture.ts';
import { readMigrationFolder } from '../compatibility/migrations/read-folder.ts';
import { readPosture } from '../compatibility/migrations/read-posture.ts';
import { StkError } from '../kernel/errors.ts';
import { readWaivers } from '../ledger/intent/migration-files.ts';
import type { MigrationSettings } from '../model/migration.ts';
import { formatProblems } from '../model/problem.ts';
import type { Project } from '../model/project.ts';
import { openEnvironment, readProject, settingsOf, type OpeningWorld } from './open-environment.ts';

export type MigrationWorld = Omit<OpeningWorld, 'onProgress'>;

/** Throws StkError. */
export async function readMigrationStatus(
  request: MigrationStatusRequest,
  world: MigrationWorld,
): Promise<MigrationStatus> {
  const { environment, root, repo, revision, upTo } = request;
  const project = await requireProject(root);
  const migrations = requireMigrations(project, environment);
  const [files, waivers] = await Promise.all([
    readMigrationFolder(root, migrations.dir),
    readWaivers(repo, revision, { people: project.pipeline.people, judgeCommit: async () => undefined }),
  ]);
  const opened = await openEnvironment({ ...request, project }, { ...world, onProgress: request.onProgress });
  try {
    const compared = await readPosture(opened.session, migrations, files);
    const now = world.clock.now();
    return {
      dir: migrations.dir,
      posture: compared.posture,
      findings: judgePosture({ ...compared, environment, upTo, waivers, now }),
    };
  } finally {
    await opened.close();
  }
}

/** Throws `project-invalid`. */
export async function requireProject(root: string): Promise<Project> {
  const parsed = await readProject(root);
  if (parsed.ok) return parsed.value;
  throw new StkError('project-invalid', formatProblems(parsed.problems), {
    hint: 'Correct stk.yaml: stk lint',
  });
}

/** Throws `usage`. */
export function requireMigrations(project: Project, environment: string): MigrationSettings {
  const { migrations } = settingsOf(project, environment);
  if (migrations !== undefined) return migrations;
  throw new StkError(
    'usage',
    `environments.${environment} of stk.yaml does not say where its migrations are`,
    {
      hint: 'Add for example: migrations: { dir: migrations, tool: plain }',
      details: { environment },
    },
  );
}
