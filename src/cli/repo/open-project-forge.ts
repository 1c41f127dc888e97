// The forge that the stk.yaml of a commit names, with the token of this process. `undefined` when it names none.
import type { Forge } from '../../forge/forge.ts';
import { openForge } from '../../forge/open-forge.ts';
import type { CommandContext } from '../context.ts';
import { readProjectAt } from '../govern/read-policy.ts';
import type { LocalRepo } from './local-repo.ts';

/** Throws `project-invalid`. */
export async function openProjectForge(
  { services }: Pick<CommandContext, 'services'>,
  repo: Pick<LocalRepo, 'file'>,
  revision: string,
): Promise<Forge | undefined> {
  const text = (await repo.file(revision, 'stk.yaml')) ?? '';
  // Nearly every project without a forge needs no parser; a rollback must work while the file is broken.
  if (!/^["']?forge["']?\s*:/m.test(text)) return undefined;
  const { forge } = await readProjectAt(repo, revision);
  if (forge === undefined) return undefined;
  const { environment, clock, interrupted: signal } = services;
  return openForge(forge, { token: environment.variables[forge.tokenFrom], clock, signal });
}
