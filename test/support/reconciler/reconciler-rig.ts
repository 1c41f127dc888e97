// A reconciler over a real git repository and real databases on PostgreSQL 18, put together as the Hub does it. It tells
// which checks were made and what was read and logged. Everything is stopped and removed at the end.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { checkHeld } from '../../../src/compatibility/check/check-release.ts';
import { checkMatrix } from '../../../src/compatibility/check/rollback-matrix.ts';
import { openConfigRepo } from '../../../src/git/open-config-repo.ts';
import type { ConfigRepo } from '../../../src/git/config-repo.ts';
import type { Condition, ConditionType } from '../../../src/model/condition.ts';
import { parsePointer } from '../../../src/documents/parse-pointer.ts';
import { createMetrics } from '../../../src/hub/metrics.ts';
import { describeProposal } from '../../../src/app/describe-proposal.ts';
import { createWriterLocks } from '../../../src/app/writer-locks.ts';
import { openDatabases } from '../../../src/app/open-databases.ts';
import { DatabaseHandles } from '../../../src/reconciler/database-handles.ts';
import { LastKnownGoodStore } from '../../../src/reconciler/state/last-known-good.ts';
import type { Clock } from '../../../src/kernel/clock.ts';
import type { Log } from '../../../src/reconciler/log.ts';
import { Reconciler } from '../../../src/reconciler/reconciler.ts';
import type { ReconcilerOptions } from '../../../src/reconciler/reconciler-options.ts';
import { ReleaseLibrary } from '../../../src/reconciler/environment/release-library.ts';
import { createReleaseCompiler, type ReleaseCompiler } from '../../../src/serving/compile/compile-release.ts';
import { WritableServingTable } from '../../../src/serving/serving-table.ts';
import { socketPathOf, outsideAddress } from '../../../src/database/socket/socket-address.ts';
import { confirming } from '../check/confirming.ts';
import { realClock } from '../clock.ts';
import { runSql } from '../databases/database.ts';
import { createTestRepo, gitTestEnvironment, type TestRepo } from '../git/git-repo.ts';
import { freshRigDatabases, releaseLocks, type RigDatabases } from './rig-databases.ts';

export interface Rig {
  readonly repo: TestRepo;
  readonly stateDirectory: string;
  readonly reconciler: Reconciler;
  readonly clock: Clock;
  readonly databases: RigDatabases;
  /** Runs SQL in an embedded environment as its owner, over the socket. */
  embeddedSql(environment: string, text: string): Promise<unknown>;
  /** What /metrics would say. */
  metrics(): Promise<string>;
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
  /** Makes and starts one more on the same repository and databases, on a copy of this state: of `state`, or of nothing. */
  another(options?: RigOptions & { readonly state?: string }): Promise<Rig>;
}

export interface RigOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly only?: readonly string[];
  readonly refuseProject?: ReconcilerOptions['refuseProject'];
  readonly openRepo?: () => Promise<ConfigRepo>;
  /** Runs inside a check (`env/release`), before its last look at the schema. */
  readonly beforeConfirming?: (check: string) => Promise<void>;
  /** Runs between that last look and the swap, which it must not delay: a place to look around. */
  readonly beforeSwap?: (check: string) => void;
  /** For the reconciler; default: the real one. */
  readonly clock?: Clock;
  /** As {@link ReconcilerOptions.monotonic}. */
  readonly monotonic?: () => number;
  /** Give it an embedded database that is made already. */
  readonly isEmbedded?: boolean;
  /** Of the Hub, beside those of the databases. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** Do not call `start`. */
  readonly isUnstarted?: boolean;
}

const rigs: Rig[] = [];
const repos: TestRepo[] = [];
const folders: string[] = [];
let compiler: ReleaseCompiler | undefined;
let documentCompiler: ReleaseCompiler | undefined;
const background = { isBackground: true };

export async function createRig(options: RigOptions): Promise<Rig> {
  const repo = await createTestRepo(options.files === undefined ? {} : { files: options.files });
  const stateDirectory = await mkdtemp(join(tmpdir(), 'stk-rig-'));
  repos.push(repo);
  folders.push(stateDirectory);
  return buildRig({ repo, stateDirectory, databases: await freshRigDatabases() }, options);
}

/** Stops and removes every rig. */
export async function removeRigs(): Promise<void> {
  await releaseLocks();
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

interface RigWorld {
  readonly repo: TestRepo;
  readonly stateDirectory: string;
  readonly databases: RigDatabases;
}

async function buildRig(world: RigWorld, options: RigOptions): Promise<Rig> {
  const { repo, stateDirectory, databases } = world;
  const variables = { ...databases.variables, ...options.variables };
  const metrics = createMetrics();
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
  const opened = openDatabases(
    join(stateDirectory, 'embedded'),
    {
      clock: realClock,
      version: '1.2.3',
      command: 'stk',
      variables,
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      isStopped: new AbortController().signal,
    },
    log,
  );
  const handles = new DatabaseHandles({
    clock: realClock,
    log,
    open: opened.open,
    check: async (hold, request) => {
      const check = `${/of (\S+)/.exec(hold.description)?.[1] ?? ''}/${request.release.release}`;
      checks.push(check);
      notify();
      const watched = confirming(hold, async () => options.beforeConfirming?.(check));
      const verdict = await checkHeld(watched, request);
      if (verdict.kind === 'compatible') options.beforeSwap?.(check);
      return verdict;
    },
    checkMatrix,
  });
  const locks = createWriterLocks((name) => variables[name], {
    log,
    clock: realClock,
    ...(options.monotonic === undefined ? {} : { monotonic: options.monotonic }),
  });
  const table = new WritableServingTable();
  const openRepo = options.openRepo ?? (() => openRigRepo(repo, stateDirectory));
  const reconciler = new Reconciler({
    openRepo: async () => countReads(await openRepo(), reads),
    table,
    handles,
    library: new ReleaseLibrary({
      compiler: (compiler ??= createReleaseCompiler()),
      documentCompiler: (documentCompiler ??= createReleaseCompiler(background)),
      documentChecker: documentCompiler,
    }),
    records: new LastKnownGoodStore(join(stateDirectory, 'last-known-good')),
    clock: options.clock ?? realClock,
    ...(options.monotonic === undefined ? {} : { monotonic: options.monotonic }),
    log,
    metrics: {
      ...metrics.reconciler,
      // Told whenever something that the status shows has changed.
      inSync: (environment, isInSync) => {
        metrics.reconciler.inSync(environment, isInSync);
        notify();
      },
    },
    only: options.only ?? [],
    stateDirectory,
    secret: (name) => variables[name],
    locks,
    describeProposal,
    refuseProject: options.refuseProject ?? (() => undefined),
  });
  let stopped: Promise<void> | undefined;
  const rig: Rig = {
    repo,
    stateDirectory,
    reconciler,
    clock: options.clock ?? realClock,
    databases,
    metrics: () => metrics.render(),
    embeddedSql: (environment, text) =>
      runSql(outsideAddress(socketPathOf(join(stateDirectory, 'embedded')), environment).url, text),
    checks,
    reads,
    logged,
    served: (environment) => table.stable(environment)?.compiled.release.release,
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
    stop: () =>
      (stopped ??= reconciler.close().then(async () => {
        await locks.close();
        await opened.close();
      })),
    async restart(next = {}) {
      await rig.stop();
      return buildRig(world, next);
    },
    async another({ state, ...next } = {}) {
      const own = await mkdtemp(join(tmpdir(), 'stk-rig-'));
      folders.push(own);
      if (state !== undefined) await cp(state, own, { recursive: true });
      return buildRig({ ...world, stateDirectory: own }, next);
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

/** Ends the compiler that the rigs share. */
export async function closeRigCompiler(): Promise<void> {
  await compiler?.close();
  compiler = undefined;
  await documentCompiler?.close();
  documentCompiler = undefined;
}
