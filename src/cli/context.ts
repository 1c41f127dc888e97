// What every command on a config repo needs: the repo, the project's name, the Hub's address. Opens each when it is
// first needed.
import { access, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StkError } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { suggest } from '../kernel/nearest-name.ts';
import type { ProjectIdentity } from '../documents/project/read-project-identity.ts';
import { resolveEnvironmentHub, resolveHubAddress } from './hub/hub-address.ts';
import type { HubClient } from './hub/hub-client.ts';
import type { LocalRepo } from './repo/local-repo.ts';
import type { Output } from './print/output.ts';
import type { CliServices } from './services.ts';

export interface GlobalOptions {
  readonly repo?: string;
  readonly hub?: string;
  readonly json?: boolean;
}

export interface CommandContext {
  readonly services: CliServices;
  readonly output: Output;
  /** The config repo's root. */
  readonly root: string;
  readonly identity: ProjectIdentity;
  /** stk.yaml's project; `--project` must name it. */
  readonly project: string;
  readonly hub: HubClient;
  openRepo(): Promise<LocalRepo>;
  /** Closes what was opened. */
  close(): Promise<void>;
}

export interface ContextRequest {
  readonly services: CliServices;
  readonly output: Output;
  readonly options: GlobalOptions & { readonly project?: string };
  /** The command always opens the repo: it is opened while the rest is loaded. */
  readonly needsRepo?: boolean;
  /** The command only uses the Hub: with --hub (or STK_HUB) and --project it also works outside a config repo. */
  readonly mayBeOutside?: boolean;
  /** The command itself reports problems of stk.yaml: when that names no project, `project` is ''. */
  readonly mayBeUnnamed?: boolean;
}

/** Throws `not-a-config-repo`, `unknown-project`, `usage`. */
export async function openContext(request: ContextRequest): Promise<CommandContext> {
  const { services, output, options } = request;
  const { root, text } = await readProjectFile(request);
  let opened: Promise<LocalRepo> | undefined;
  const openRepo = (): Promise<LocalRepo> => {
    const tell = (line: string): void => output.narrate(output.onStderr('dim', line));
    opened ??= import('./repo/open-local-repo.ts').then(({ openLocalRepo }) =>
      openLocalRepo(root, services, tell),
    );
    return opened;
  };
  // The code that uses it gets the error; if something else fails first, no code uses it.
  if (request.needsRepo === true) openRepo().catch(() => undefined);
  const { readProjectIdentity } = await import('../documents/project/read-project-identity.ts');
  const identity = readProjectIdentity(text);
  const isUnnamed = request.mayBeUnnamed === true && identity.project === undefined;
  const project = isUnnamed ? '' : nameProject(identity, options.project, root);
  const address = resolveHubAddress(options.hub, services.environment, identity.hub);
  const { createRoutedHub } = await import('./hub/routed-hub.ts');
  const hub = createRoutedHub({
    address,
    addressOf: (name) =>
      resolveEnvironmentHub(name, options.hub, services.environment, identity.hubs.get(name)),
    clock: services.clock,
    signal: services.interrupted,
  });
  return {
    services,
    output,
    root,
    identity,
    project,
    hub,
    openRepo,
    async close() {
      // The code that needed the repo got the error, and there is nothing to close.
      const repo = await opened?.catch(() => undefined);
      await repo?.close();
      await hub.close();
    },
  };
}

/** Outside a config repo: the project of --project instead of a stk.yaml. */
async function readProjectFile({
  services,
  options,
  mayBeOutside,
}: ContextRequest): Promise<{ readonly root: string; readonly text: string }> {
  const { workingDirectory, environment } = services;
  try {
    const root = await findConfigRepo(workingDirectory, options.repo);
    return { root, text: await readFile(join(root, 'stk.yaml'), 'utf8') };
  } catch (error) {
    const { project } = options;
    const isNamed = project !== undefined && isId(project) && (options.hub ?? environment.hub) !== undefined;
    const isOutside = error instanceof StkError && error.code === 'not-a-config-repo';
    if (mayBeOutside !== true || !isOutside || !isNamed || options.repo !== undefined) throw error;
    return { root: workingDirectory, text: `project: ${project}\n` };
  }
}

/** `--repo`, or the nearest folder with a stk.yaml at or above the working directory. */
export async function findConfigRepo(workingDirectory: string, option: string | undefined): Promise<string> {
  if (option !== undefined) {
    const root = resolve(workingDirectory, option);
    if (await exists(join(root, 'stk.yaml'))) return root;
    throw new StkError('not-a-config-repo', `${root} is not a config repo: it has no stk.yaml`, {
      hint: /^[a-z+]+:\/\//i.test(option)
        ? 'This command needs a clone on this machine: git clone the repository and name its folder.'
        : 'Name a clone of a config repo with --repo, or make one: stk init DIR',
    });
  }
  for (let folder = resolve(workingDirectory); ; folder = dirname(folder)) {
    if (await exists(join(folder, 'stk.yaml'))) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new StkError(
    'not-a-config-repo',
    `neither ${workingDirectory} nor a folder above it has a stk.yaml`,
    {
      hint: 'Change to a clone of the config repo, name it with --repo PATH, or make one: stk init DIR',
    },
  );
}

function nameProject(identity: ProjectIdentity, given: string | undefined, root: string): string {
  const project = identity.project ?? given;
  if (project === undefined) {
    throw new StkError('project-invalid', `${join(root, 'stk.yaml')} does not name its project`, {
      hint: 'Fix its line `project: NAME`, or give --project NAME.',
    });
  }
  if (given !== undefined && given !== project) {
    throw new StkError(
      'unknown-project',
      `${root} is the config repo of project ${project}, not of ${JSON.stringify(given)}`,
      {
        hint: `Give --project ${project}, or name another config repo with --repo.`,
        details: { project: given },
      },
    );
  }
  return project;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Throws `unknown-environment` when stk.yaml is readable and does not list it. */
export function requireEnvironment(identity: ProjectIdentity, environment: string): void {
  const { environments } = identity;
  if (environments.length === 0 || environments.includes(environment)) return;
  throw new StkError(
    'unknown-environment',
    `there is no environment ${JSON.stringify(environment)}${suggest(environment, environments)}`,
    {
      hint: `stk.yaml lists: ${environments.join(', ')}`,
      details: { environment },
    },
  );
}
