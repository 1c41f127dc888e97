// Where the Hub listens and who may reach it, from the command line's options; reads the file of pinned auth settings.
import { readFile } from 'node:fs/promises';
import type { HubOptions } from '../cli/services.ts';
import type { ListenerSettings } from '../hub/http/listener.ts';
import { asStkError, StkError } from '../kernel/errors.ts';
import { parseAuthSettings, type PinnedSettings } from '../documents/project/parse-auth-settings.ts';
import { formatProblems } from '../model/problem.ts';

export async function readListener(options: HubOptions): Promise<ListenerSettings> {
  const { listen, open, authFile, allowPrivateJwks } = options;
  const pinned = authFile === undefined ? undefined : await readAuthFile(authFile);
  const { host, port } = listen;
  return { host, port, open, pinnedAuth: pinned?.auth, pinnedWebhook: pinned?.webhook, allowPrivateJwks };
}

async function readAuthFile(file: string): Promise<PinnedSettings> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const message = `--auth-file ${file} cannot be read: ${asStkError(error).message}`;
    throw new StkError('usage', message, { cause: error });
  }
  const parsed = parseAuthSettings(text, { file });
  if (parsed.ok) return parsed.value;
  throw new StkError('usage', formatProblems(parsed.problems), {
    hint: 'The file contains the keys of auth: in stk.yaml, and may contain a webhook:.',
  });
}
