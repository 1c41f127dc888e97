// `stk client`: writes a typed client for the operations that the caller may call. Writes the file only when it
// changed.
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errnoOf } from '../../kernel/errno.ts';
import { StkError } from '../../kernel/errors.ts';
import { writeClient } from '../client/write-client.ts';
import { requireEnvironment, type CommandContext } from '../context.ts';

export interface ClientCommandOptions {
  readonly env: string;
  readonly out: string;
  readonly releaseId?: string;
}

export async function writeTypedClient(
  { hub, project, identity, output, services }: CommandContext,
  { env, out, releaseId }: ClientCommandOptions,
): Promise<number> {
  requireEnvironment(identity, env);
  const { document, release } = await hub.of(env).openapi(project, env, releaseId);
  const { text, operations } = writeClient(document, { project, environment: env, release });
  if (operations === 0)
    throw new StkError('forbidden', `you may call no operation of ${release} in ${env}`, {
      hint: 'The roles of STK_TOKEN count; permissions: of the release says what a role may call.',
      details: { environment: env, release },
    });
  const file = resolve(services.workingDirectory, out);
  const isWritten = (await readText(file)) !== text;
  if (isWritten) await writeFile(file, text);
  output.result(
    { file, environment: env, release, operations, written: isWritten },
    `${isWritten ? 'wrote' : 'is up to date:'} ${out}: ${operations} operations of ${release} in ${env}`,
  );
  return 0;
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
