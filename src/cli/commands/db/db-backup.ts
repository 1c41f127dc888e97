// `stk db backup` and `stk db restore`: the embedded database of a state directory as one file, and back. It has every
// embedded environment of the config repo, so both commands cover all of them.
import { resolve } from 'node:path';
import { StkError } from '../../../kernel/errors.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { findStateDirectory } from '../../repo/find-embedded.ts';

export interface BackupOptions {
  readonly env: string;
  readonly to: string;
  readonly state?: string;
}

export interface RestoreOptions {
  readonly env: string;
  readonly state?: string;
  readonly replace?: boolean;
}

export async function backUp(context: CommandContext, options: BackupOptions): Promise<number> {
  const { env: environment } = options;
  const { services, output, project } = context;
  const environments = requireEmbedded(context, environment);
  const path = resolve(services.workingDirectory, options.to);
  const stateDirectory = await findStateDirectory(context, options);
  const at = new Date(services.clock.now()).toISOString();
  const { bytes, sha256, files } = await services.backUp({
    stateDirectory,
    project,
    environment,
    environments,
    path,
    at,
  });
  output.result(
    { project, environment, environments, path, at, bytes, sha256, files },
    `${options.to}: ${bytes} bytes, sha256 ${sha256}`,
  );
  output.narrate(`it holds every embedded environment: ${environments.join(', ')}`);
  output.narrate(
    `record it: stk evidence backup --env ${environment} --at ${at} --size ${bytes} --location ${options.to}`,
  );
  return 0;
}

export async function restore(
  context: CommandContext,
  file: string,
  options: RestoreOptions,
): Promise<number> {
  const { env: environment, replace = false } = options;
  const { services, output, project } = context;
  requireEmbedded(context, environment);
  const path = resolve(services.workingDirectory, file);
  const stateDirectory = await findStateDirectory(context, options);
  const stamp = new Date(services.clock.now()).toISOString().replaceAll(/[^0-9TZ]/g, '');
  const { header, kept } = await services.restore({
    stateDirectory,
    project,
    path,
    replaces: replace,
    stamp,
  });
  const { environments, at } = header;
  output.result(
    { project, environments, path, at, stateDirectory, kept },
    `${file} of ${at} restored: ${environments.join(', ')}`,
  );
  if (kept !== null)
    output.narrate(`the former database is kept in ${kept}: delete it when you no longer need it`);
  return 0;
}

/** The embedded environments. */
function requireEmbedded({ identity }: CommandContext, environment: string): readonly string[] {
  requireEnvironment(identity, environment);
  const variable = identity.urlFrom.get(environment);
  if (variable !== undefined)
    throw new StkError('usage', `${environment} is on a database server, which stk never backs up`, {
      hint: `Use your own tool, such as: pg_dump --format custom --file ${environment}.dump "$${variable}"`,
      details: { environment, urlFrom: variable },
    });
  return identity.environments.filter((name) => !identity.urlFrom.has(name));
}
