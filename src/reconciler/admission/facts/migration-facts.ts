// The facts for the gate `migrations`: the findings about the environment's migrations for one release. Reads files and
// waivers from git, and the ledger from the environment's database.
import { judgePosture } from '../../../compatibility/migrations/judge-posture.ts';
import { readPosture } from '../../../compatibility/migrations/read-posture.ts';
import { readThrown } from '../../../compatibility/check/indeterminate.ts';
import { asStkError } from '../../../kernel/errors.ts';
import { type FoundMigrations, readMigrationFiles } from '../../../ledger/intent/migration-files.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import type { ConfigRepo } from '../../../git/config-repo.ts';
import type { Finding } from '../../../model/finding.ts';
import type { Known } from '../../../model/pipeline/gate-facts.ts';
import type { Project } from '../../../model/project.ts';
import type { Release } from '../../../model/release.ts';
import type { DatabaseHandles } from '../../database-handles.ts';
import { readRepoFile } from '../../environment/read-repo-file.ts';

export interface MigrationFactsRequest {
  readonly repo: ConfigRepo;
  readonly ledger: Ledger;
  readonly handles: DatabaseHandles;
  readonly project: Project;
  readonly revision: string;
  readonly environment: string;
  readonly release: Release;
  readonly now: number;
}

/** Files by the folder's tree, because a waiting decision is made repeatedly. */
const known = new WeakMap<ConfigRepo, { readonly key: string; readonly found: FoundMigrations }>();

/** `undefined` when the environment has no `migrations`. */
export async function readMigrationFacts(
  request: MigrationFactsRequest,
): Promise<Known<readonly Finding[]> | undefined> {
  const { repo, ledger, handles, project, revision, environment, release, now } = request;
  const settings = project.environments.get(environment);
  const { migrations } = settings ?? {};
  if (settings === undefined || migrations === undefined) return undefined;
  try {
    const [found, waivers] = await Promise.all([
      readFiles(repo, revision, migrations.dir),
      ledger.waivers({ revision, environment }, project.pipeline),
    ]);
    const handle = handles.acquire(settings, project.limits, (path) =>
      readRepoFile({ repo, revision, environment }, path),
    );
    await handle.database.ready();
    const compared = await handle.database.inspect((session) => readPosture(session, migrations, found));
    const upTo = release.migrationsUpTo;
    return { known: true, value: judgePosture({ ...compared, environment, upTo, waivers, now }) };
  } catch (thrown) {
    const verdict = readThrown(thrown);
    const error = verdict === undefined ? asStkError(thrown) : undefined;
    if (error?.code === 'internal') throw thrown;
    return { known: false, why: (verdict?.message ?? error?.message ?? '').replace(/\.$/, '') };
  }
}

async function readFiles(repo: ConfigRepo, revision: string, dir: string): Promise<FoundMigrations> {
  const folder = await repo.entryAt(revision, dir);
  const key = `${dir} ${folder?.id ?? ''}`;
  const before = known.get(repo);
  if (before?.key === key) return before.found;
  const found = await readMigrationFiles(repo, revision, dir);
  known.set(repo, { key, found });
  return found;
}
