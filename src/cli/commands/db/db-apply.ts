// `stk db apply`: runs a SQL file in an embedded environment's database. It never changes a server's database.
import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { StkError } from '../../../kernel/errors.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { readTextFile } from '../../repo/read-text-file.ts';
import { findEmbedded, type DatabaseOptions } from '../../repo/find-embedded.ts';

const maxSqlBytes = 64 * 1024 * 1024;

export async function applySqlFile(
  context: CommandContext,
  file: string,
  options: DatabaseOptions,
): Promise<number> {
  const environment = context.identity.of.get(options.env) ?? options.env;
  const { services, output } = context;
  requireEnvironment(context.identity, options.env);
  const variable = context.identity.urlFrom.get(environment);
  if (variable !== undefined) {
    throw new StkError('usage', `${environment} is on a database server, which stk never migrates`, {
      hint: `Use your migration tool, or: psql "$${variable}" -v ON_ERROR_STOP=1 -1 -f ${file}`,
      details: { environment, urlFrom: variable },
    });
  }
  const sql = await readTextFile({
    path: resolve(services.workingDirectory, file),
    maxBytes: maxSqlBytes,
    hint: `Name a file of SQL statements: stk db apply FILE.sql --env ${environment}`,
  });
  const { stateDirectory } = await findEmbedded(context, { ...options, env: environment });
  const applied = await services.applySql({
    stateDirectory,
    environment,
    sql,
    file,
    path: await pathInRepo(context.root, resolve(services.workingDirectory, file)),
    signal: services.interrupted,
  });
  for (const message of applied.messages) output.narrate(output.onStderr('dim', message));
  output.result(
    { environment, file, applied: true, messages: applied.messages },
    `${file} applied to ${environment}`,
  );
  return 0;
}

/** As `init` would name the file: relative to the config repo's root, with slashes. */
async function pathInRepo(root: string, file: string): Promise<string | undefined> {
  const path = relative(await realpath(root), await realpath(file));
  return isAbsolute(path) || path.split(sep)[0] === '..' ? undefined : path.split(sep).join('/');
}
