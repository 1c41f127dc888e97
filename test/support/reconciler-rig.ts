// A reconciler over a real git repository, with databases whose answers the test decides: what the check says of each
// release, and when. Releases are compiled for real. Everything is stopped and removed at the end.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckHooks, CheckRequest } from '../../src/compatibility/check-release.ts';
import { checkMatrix } from '../../src/compatibility/rollback-matrix.ts';
import type { Verdict } from '../../src/compatibility/verdict.ts';
import type { Database } from '../../src/database/database.ts';
import { openConfigRepo } from '../../src/git/open-config-repo.ts';
import type { ConfigRepo } from '../../src/git/config-repo.ts';
import type { Clock } from '../../src/model/clock.ts';
import type { Condition, ConditionType } from '../../src/model/condition.ts';
import { StkError } from '../../src/model/errors.ts';
import type { Finding } from '../../src/model/finding.ts';
import { parsePointer } from '../../src/model/parse-pointer.ts';
import { DatabaseHandles } from '../../src/reconciler/database-handles.ts';
import { LastKnownGoodStore } from '../../src/reconciler/last-known-good.ts';
import type { Log } from '../../src/reconciler/log.ts';
import { Reconciler, type ReconcilerOptions } from '../../src/reconciler/reconciler.ts';
import { ReleaseLibrary } from '../../src/reconciler/release-library.ts';
import { createReleaseCompiler, type ReleaseCompiler } from '../../src/serving/compile-release.ts';
import { ActiveReleases } from '../../src/serving/active-releases.ts';
import { createTestRepo, gitTestEnvironment, type TestRepo } from './git-repo.ts';

export const realClock: Clock = {
  now: () => Date.now(),
  random: () => 0.5,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end, { once: true });
    }),
};

export type Answer = Verdict | Promise<Verdict>;

export const fits: Verdict = { kind: 'compatible', fingerprint: 'f1', findings: [] };

export const missingTier: Finding = {
  code: 'COL001',
  slug: 'column-missing',
  severity: 'block',
  object: 'public.customers.tier',
  expected: 'text',
  actual: 'absent',
  operations: ['customers.get'],
  hint: 'Add the column.',
};

export const doesNotFit: Verdict = { kind: 'incompatible', fingerprint: 'f1', findings: [missingTier] };

export interface Rig {
  readonly repo: TestRepo;
  readonly stateDirectory: string;
  readonly reconciler: Reconciler;
  /** What the check says of a release in an environment; `fits` unless set. Key: `env/release`. */
  readonly answers: Map<string, Answer>;
  /** Environments whose database cannot be opened, and why. */
  readonly unreachable: Map<string, StkError>;
  /** Every check that was made, as `env/release`, in order. */
  readonly checks: string[];
  /** Every git object that was read as text. */
  readonly reads: string[];
  readonly logged: { readonly level: string; readonly message: string; readonly fields: object }[];
  /** What the environment answers with: the id of the active release. */
  served(environment: string): string | undefined;
  condition(environment: string, type: ConditionType): Condition;
  /** Resolves when `holds`; looked at whenever the reconciler concludes something. */
  until(holds: () => boolean): Promise<void>;
  /** Commits, and waits until that commit has been concluded everywhere. */
  land(message: string, files: Readonly<Record<string, string | undefined>>): Promise<string>;
  /** Stops the reconciler; the repository and the state stay. */
  stop(): Promise<void>;
  /** Makes and starts another one on the same repository and state. */
  restart(options?: RigOptions): Promise<Rig>;
}

export interface RigOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly only?: readonly string[];
  readonly refuseProject?: ReconcilerOptions['refuseProject'];
  readonly openRepo?: () => Promise<ConfigRepo>;
  readonly answers?: Map<string, Answer>;
  readonly unreachable?: Map<string, StkError>;
  /** Do not call `start`. */
  readonly isUnstarted?: boolean;
}

const rigs: Rig[] = [];
const repos: TestRepo[] = [];
const folders: string[] = [];
let compiler: ReleaseCompiler | undefined;

export async function createRig(options: RigOptions): Promise<Rig> {
  const repo = await createTestRepo(options.files === undefined ? {} : { files: options.files });
  const stateDirectory = await mkdtemp(join(tmpdir(), 'stk-rig-'));
  repos.push(repo);
  folders.push(stateDirectory);
  return buildRig(repo, stateDirectory, options);
}

/** Stops and removes every rig. */
export async function removeRigs(): Promise<void> {
  await Promise.all(rigs.splice(0).map((rig) => rig.stop()));
  await Promise.all(repos.splice(0).map((repo) => repo.remove()));
  await Promise.all(
    folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })),
  );
}

export async function openRigRepo(repo: TestRepo, stateDirectory: string): Promise<ConfigRepo> {
  return openConfigRepo({
    location: repo.directory,
    stateDirectory,
    environment: gitTestEnvironment,
    clock: realClock,
    readPointer: (text) => {
      const parsed = parsePointer(text, { file: 'pointer' });
      return parsed.ok ? parsed.value.release : undefined;
    },
  });
}

async function buildRig(repo: TestRepo, stateDirectory: string, options: RigOptions): Promise<Rig> {
  const answers = options.answers ?? new Map<string, Answer>();
  const unreachable = options.unreachable ?? new Map<string, StkError>();
  const checks: string[] = [];
  const reads: string[] = [];
  const logged: { level: string; message: string; fields: object }[] = [];
  const waiters = new Set<() => void>();
  const notify = (): void => {
    for (const wake of waiters) wake();
  };
  const note =
    (level: string) =>
    (fields: object, message: string): void => {
      logged.push({ level, message, fields });
      notify();
    };
  const log: Log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const names = new WeakMap<Database, string>();
  const handles = new DatabaseHandles({
    clock: realClock,
    open: async ({ environment }) => {
      const failure = unreachable.get(environment);
      if (failure !== undefined) throw failure;
      return silentDatabase(environment);
    },
    check: async (database, request: CheckRequest, hooks: CheckHooks) => {
      const environment = environmentOf(database, names);
      const key = `${environment}/${request.release.release}`;
      checks.push(key);
      notify();
      const verdict = await (answers.get(key) ?? fits);
      if (verdict.kind === 'compatible') hooks.whileLocked?.();
      return verdict;
    },
    checkMatrix,
  });
  const active = new ActiveReleases();
  const openRepo = options.openRepo ?? (() => openRigRepo(repo, stateDirectory));
  const reconciler = new Reconciler({
    openRepo: async () => countReads(await openRepo(), reads),
    active,
    handles,
    library: new ReleaseLibrary({
      compiler: (compiler ??= createReleaseCompiler()),
      documentCompiler: compiler,
    }),
    records: new LastKnownGoodStore(join(stateDirectory, 'last-known-good')),
    clock: realClock,
    log,
    metrics: { activation: notify, propagation: notify, serving: notify, inSync: notify, drifted: notify },
    only: options.only ?? [],
    refuseProject: options.refuseProject ?? (() => undefined),
  });
  let stopped: Promise<void> | undefined;
  const rig: Rig = {
    repo,
    stateDirectory,
    reconciler,
    answers,
    unreachable,
    checks,
    reads,
    logged,
    served: (environment) => active.get(environment)?.compiled.release.release,
    condition(environment, type) {
      const found = reconciler.status(environment)?.conditions.find((condition) => condition.type === type);
      if (found === undefined) throw new Error(`${environment} has no condition ${type}`);
      return found;
    },
    async until(holds) {
      while (!holds()) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiters.delete(wake);
            resolve();
          };
          waiters.add(wake);
        });
        // What was told is recorded by the end of the turn.
        await Promise.resolve();
      }
    },
    async land(message, files) {
      const revision = await repo.commit(message, files);
      await reconciler.sync();
      await reconciler.settled();
      return revision;
    },
    stop: () => (stopped ??= reconciler.close()),
    async restart(next = {}) {
      await rig.stop();
      return buildRig(repo, stateDirectory, { answers, unreachable, ...next });
    },
  };
  rigs.push(rig);
  if (options.isUnstarted !== true) {
    await reconciler.start();
    await reconciler.settled();
  }
  return rig;
}

function countReads(repo: ConfigRepo, reads: string[]): ConfigRepo {
  return new Proxy(repo, {
    get(target, key): unknown {
      if (key === 'text') {
        return (id: string, limit: number) => {
          reads.push(id);
          return target.text(id, limit);
        };
      }
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function'
        ? (...args: unknown[]): unknown => Reflect.apply(member, target, args)
        : member;
    },
  });
}

function environmentOf(database: Database, names: WeakMap<Database, string>): string {
  const known = names.get(database) ?? /of (\S+)/.exec(database.description)?.[1] ?? '';
  names.set(database, known);
  return known;
}

/** A database that is there and says nothing: the rig's check answers instead. */
function silentDatabase(environment: string): Database {
  return {
    engine: 'pglite',
    description: `the database of ${environment}`,
    execute: async () => ({ kind: 'done', rows: [], count: 0 }),
    inspect: async () => {
      throw new StkError('database-unavailable', 'nothing to look at');
    },
    recycle: () => undefined,
    ping: async () => undefined,
    close: async () => undefined,
  };
}

/** Ends the compiler that the rigs share. */
export async function closeRigCompiler(): Promise<void> {
  await compiler?.close();
  compiler = undefined;
}
