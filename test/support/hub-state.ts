// A HubState over a real config repo for tests of the HTTP server: sync() reads every pointer and activates what it
// names. It judges no database: the test says what a check finds.
import type { Verdict } from '../../src/compatibility/verdict.ts';
import type { Database } from '../../src/database/database.ts';
import type { ConfigRepo } from '../../src/git/config-repo.ts';
import { readPointerRelease } from '../../src/model/edit-pointer.ts';
import { StkError } from '../../src/model/errors.ts';
import { parseProject } from '../../src/model/parse-project.ts';
import { formatProblems } from '../../src/model/problem.ts';
import type { Project } from '../../src/model/project.ts';
import type { HubState } from '../../src/reconciler/hub-state.ts';
import type { DesiredRelease, EnvironmentStatus } from '../../src/reconciler/status.ts';
import { ActiveReleases } from '../../src/serving/active-releases.ts';
import { anActiveRelease, aScriptedDatabase } from './active-release.ts';

export interface TestHubState extends HubState {
  /** What the next checks conclude; compatible unless set. */
  verdict: Verdict;
  /** SQLSTATEs that failed calls were noted with. */
  readonly noted: string[];
  /** Runs before each commit that the Hub asks for: to lose a race. */
  beforeCommit: () => Promise<void>;
  database: Database;
}

export async function createHubState(repo: ConfigRepo): Promise<TestHubState> {
  const active = new ActiveReleases();
  const noted: string[] = [];
  const desired = new Map<string, DesiredRelease>();
  let observed: string | undefined;
  let project = await readProject(repo);

  const sync = async (): Promise<void> => {
    await repo.fetch();
    const revision = await repo.resolve();
    project = await readProject(repo);
    for (const environment of project.environments.keys()) {
      const pointer = await readFile(repo, revision, 'environments', `${environment}.yaml`);
      const release = pointer === undefined ? undefined : readPointerRelease(pointer);
      const yaml =
        release === undefined ? undefined : await readFile(repo, revision, 'releases', `${release}.yaml`);
      if (release === undefined || yaml === undefined) continue;
      const [change] = await repo.pointerChanges({ revision, environment, limit: 1 });
      if (change === undefined) continue;
      const { by, at, revision: movedIn } = change.commit;
      desired.set(environment, { release, revision: movedIn, by, at });
      active.activate(anActiveRelease(yaml, { environment, revision: movedIn, database: state.database }));
    }
    observed = revision;
  };

  const state: TestHubState = {
    repo: racing(repo, () => state.beforeCommit()),
    active,
    noted,
    verdict: { kind: 'compatible', fingerprint: 'f1', findings: [] },
    beforeCommit: () => Promise.resolve(),
    database: aScriptedDatabase(() => ({ kind: 'done', rows: ['{"id":1}'], count: 1 })),
    project: () => project,
    environments: () => [...project.environments.keys()],
    status(environment): EnvironmentStatus | undefined {
      if (!project.environments.has(environment)) return undefined;
      const serving = active.get(environment);
      return {
        project: project.project,
        environment,
        desired: desired.get(environment) ?? null,
        serving:
          serving === undefined
            ? null
            : { release: serving.compiled.release.release, revision: serving.revision, since: serving.since },
        observedRevision: observed ?? null,
        conditions: [],
        findings: [],
      };
    },
    isReady: (environment) =>
      environment === undefined ? active.environments().length > 0 : active.get(environment) !== undefined,
    observedRevision: () => observed,
    sync,
    async check(environment, what) {
      if ('document' in what) return { kind: 'checked', release: 'document', verdict: state.verdict };
      const { release } = what;
      const revision = await repo.resolve();
      const yaml = await readFile(repo, revision, 'releases', `${release}.yaml`);
      if (yaml !== undefined) return { kind: 'checked', release, verdict: state.verdict };
      const details = { environment, release };
      return {
        kind: 'refused',
        error: new StkError('unknown-release', `no release ${release}`, { details }),
      };
    },
    noteCallFailure: (_, sqlstate) => void noted.push(sqlstate),
    waitUntilObserved: () => sync(),
  };
  await sync();
  return state;
}

/** The repo itself, with a moment before each of the Hub's commits in which others may commit. */
function racing(repo: ConfigRepo, before: () => Promise<void>): ConfigRepo {
  return new Proxy(repo, {
    get(target, name) {
      if (name === 'commitFile') {
        return async (change: Parameters<ConfigRepo['commitFile']>[0]) => {
          await before();
          return target.commitFile(change);
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function readProject(repo: ConfigRepo): Promise<Project> {
  const { project } = await repo.tree(await repo.resolve());
  const text = project === undefined ? '' : await repo.text(project.id, 1024 * 1024);
  const parsed = parseProject(text, { file: 'stk.yaml' });
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
  return parsed.value;
}

async function readFile(
  repo: ConfigRepo,
  revision: string,
  folder: 'environments' | 'releases',
  name: string,
): Promise<string | undefined> {
  const tree = (await repo.tree(revision))[folder];
  const entry = tree === undefined ? undefined : await repo.entry(tree.id, name);
  return entry === undefined ? undefined : repo.text(entry.id, 4 * 1024 * 1024);
}
