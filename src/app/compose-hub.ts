// Puts the Hub together for `stk hub`: state directory, git, databases, compiler, reconciler, HTTP server. Opens them
// in this order and closes them in reverse. Loaded by main.ts for that one command.
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { AllowedVariables } from './allowed-variables.ts';
import { announceHub, untilAborted } from './announce-hub.ts';
import type { HubOptions } from '../cli/services.ts';
import { checkHeld } from '../compatibility/check/check-release.ts';
import { checkMatrix } from '../compatibility/check/rollback-matrix.ts';
import { refuseChangedAuth, refuseListener } from '../hub/http/listener.ts';
import { createMetrics } from '../hub/metrics.ts';
import { startHub } from '../hub/start-hub.ts';
import { describeProposal } from './describe-proposal.ts';
import { createWriterLocks } from './writer-locks.ts';
import type { HubWorld } from './hub-world.ts';
import { StkError } from '../kernel/errors.ts';
import { suggest } from '../kernel/nearest-name.ts';
import { openFileLimit } from './open-file-limit.ts';
import { openDatabases } from './open-databases.ts';
import { openPlace } from './open-place.ts';
import { readListener } from './read-listener.ts';
import { DatabaseHandles } from '../reconciler/database-handles.ts';
import { LastKnownGoodStore } from '../reconciler/state/last-known-good.ts';
import { createReadableLog, logForm } from './readable-log.ts';
import { originOf } from '../model/named-variables.ts';
import type { AuthSettings } from '../model/project.ts';
import { Reconciler } from '../reconciler/reconciler.ts';
import { ReleaseLibrary } from '../reconciler/environment/release-library.ts';
import { createReleaseCompiler } from '../serving/compile/compile-release.ts';
import { WritableServingTable } from '../serving/serving-table.ts';
import { createCompilerLanes } from '../serving/compile/compiler-lanes.ts';

/** Serves until `isStopped` aborts; returns the exit code. Throws StkError when it cannot start. */
export async function runHub(options: HubOptions, world: HubWorld): Promise<number> {
  // A log collector gets JSON; a person at a terminal gets lines.
  const isRead = 'isTTY' in world.stderr && world.stderr.isTTY === true;
  const destination = isRead ? createReadableLog(world.stderr) : pino.destination({ fd: 2, sync: true });
  const logger = pino({ level: options.logLevel, ...logForm }, destination);
  let hub: OpenHub | undefined;
  try {
    hub = await openHub(options, world, logger);
    const { reconciler, url } = hub;
    await announceHub({ reconciler, url, repo: options.repo }, world);
    await untilAborted(world.isStopped);
    logger.info('stopping');
    return 0;
  } catch (error) {
    // The stop ended the work in progress.
    if (!world.isStopped.aborted) throw error;
    logger.info({ err: error }, 'stopping before the start was complete');
    return 0;
  } finally {
    await hub?.close();
  }
}

export interface OpenHub {
  readonly reconciler: Reconciler;
  readonly url: string;
  close(): Promise<void>;
}

/** Serves until it is closed. Throws StkError when it cannot start, and leaves nothing open. */
export async function openHub(options: HubOptions, world: HubWorld, logger: Logger): Promise<OpenHub> {
  const undo: (() => Promise<void>)[] = [];
  const close = (): Promise<void> => undoAll(undo, logger);
  try {
    return { ...(await assemble(options, world, { logger, undo })), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Assembly {
  readonly logger: Logger;
  readonly undo: (() => Promise<void>)[];
}

async function assemble(
  options: HubOptions,
  world: HubWorld,
  { logger, undo }: Assembly,
): Promise<Omit<OpenHub, 'close'>> {
  const { clock, variables } = world;
  const listener = await readListener(options);
  const place = await openPlace(options, world);
  undo.push(() => place.state.close());

  const allowed = new AllowedVariables(options.secrets);

  const secret = (name: string, url?: string): string | undefined => {
    if (!allowed.has(name)) {
      logger.error(
        { variable: name },
        'a commit named a variable that --secrets does not allow: stk treats it as not set',
      );
      return undefined;
    }
    if (url === undefined || allowed.maySend(name, url)) return variables[name];
    logger.error(
      { variable: name, to: originOf(url) },
      'a commit would send a variable to another address than at the start: restart the Hub to allow it',
    );
    return undefined;
  };

  const compiler = createCompilerLanes(2);
  undo.push(() => compiler.close());
  const background = createReleaseCompiler({ isBackground: true, variables });
  undo.push(() => background.close());
  const databases = openDatabases(join(place.state.path, 'embedded'), world, logger, (name) =>
    allowed.has(name),
  );
  undo.push(() => databases.close());

  const locks = createWriterLocks(secret, { log: logger, clock });
  undo.push(() => locks.close());

  const metrics = createMetrics();
  let isListening = false;
  let startedAuth: AuthSettings | undefined;
  const table = new WritableServingTable();
  const reconciler = new Reconciler({
    openRepo: place.openRepo,
    table,
    handles: new DatabaseHandles({
      open: databases.open,
      check: checkHeld,
      checkMatrix,
      clock,
      log: logger,
    }),
    library: new ReleaseLibrary({ compiler, documentCompiler: background, documentChecker: background }),
    records: new LastKnownGoodStore(join(place.state.path, 'last-known-good')),
    clock,
    log: logger,
    metrics: metrics.reconciler,
    only: options.environments,
    stateDirectory: place.state.path,
    secret,
    locks,
    describeProposal,
    refuseProject: (project) => {
      const refused =
        refuseListener(project, listener) ??
        (isListening ? refuseChangedAuth(project, listener, startedAuth) : undefined);
      // A listener that must not be opened is refused at the start. Later changes do not affect it.
      if (refused === undefined || !isListening || refused.code === 'insecure-project') return refused;
      return new StkError(
        'insecure-project',
        `${refused.message}.`,
        refused.hint === undefined ? {} : { hint: refused.hint },
      );
    },
  });
  undo.push(() => reconciler.close());
  await reconciler.start();
  requireEnvironments(options, reconciler);

  allowed.start(reconciler.project(), { auth: listener.pinnedAuth, webhook: listener.pinnedWebhook });

  const hub = await startHub({
    state: reconciler,
    listener,
    metrics,
    clock,
    logger,
    secret,
    version: world.version,
    metricsListener: options.metricsListen,
    openFiles: openFileLimit(),
    stateDirectory: place.state.path,
  });
  startedAuth = reconciler.project().auth;
  isListening = true;
  undo.push(() => hub.close());
  return { reconciler, url: hub.url };
}

function requireEnvironments({ environments }: HubOptions, reconciler: Reconciler): void {
  const known = reconciler.project().environments;
  for (const name of environments) {
    const of = known.get(name)?.of;
    if (of === undefined || environments.includes(of)) continue;
    throw new StkError('usage', `${name} is the canary of ${of}: the same Hub must serve both.`, {
      hint: `stk hub --env ${of}`,
    });
  }
  const unknown = environments.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new StkError(
    'unknown-environment',
    `stk.yaml lists no environment ${unknown.join(', ')}${suggest(unknown[0] ?? '', known.keys()) || '.'}`,
    {
      hint: `It lists ${[...known.keys()].join(', ')}.`,
    },
  );
}

async function undoAll(undo: readonly (() => Promise<void>)[], logger: Logger): Promise<void> {
  for (const close of [...undo].reverse()) {
    try {
      await close();
    } catch (error) {
      logger.error({ err: error }, 'a part of the Hub did not close');
    }
  }
}
