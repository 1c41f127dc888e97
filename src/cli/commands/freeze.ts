// `stk freeze`, `stk halt` and `stk unfreeze`: files under freezes/ on the followed branch.
import { freezePath } from '../../model/pipeline/freeze.ts';
import { haltName, nameFreeze, planFreeze, planUnfreeze } from '../../promotion/stop-files.ts';
import { isId } from '../../kernel/ids.ts';
import type { CommandContext } from '../context.ts';
import { type CommitOptions, commitStop, findFile } from '../govern/commit-stop.ts';
import { listFreezes } from '../govern/list-freezes.ts';
import { requireReason } from '../govern/require-reason.ts';

export interface FreezeOptions extends CommitOptions {
  readonly reason: string;
  readonly env?: readonly string[];
  readonly from?: string;
  readonly until?: string;
  readonly allowHotfix?: boolean;
}

export type UnfreezeOptions = CommitOptions;

export async function freeze(
  context: CommandContext,
  given: string | undefined,
  options: FreezeOptions,
): Promise<number> {
  const { env: environments, from, until } = options;
  const repo = await context.openRepo();
  const tip = await repo.tip();
  const at = context.services.clock.now();
  const name = given ?? nameFreeze(environments, { at, names: await listFreezes(repo, tip) });
  const reason = requireReason(options.reason);
  const found = await findFile(repo, tip, freezePath(isId(name) ? name : haltName));
  const plan = planFreeze({
    name,
    environments,
    reason,
    from,
    until,
    allowsHotfix: options.allowHotfix,
    existing: found.text,
    known: context.identity.environments,
    actor: undefined,
  });
  const what = environments === undefined ? 'every environment' : environments.join(', ');
  const stop = {
    plan,
    found,
    facts: { freeze: name, environments: environments ?? null, reason, until: until ?? null },
    told: `${what} frozen by ${name}${until === undefined ? '' : ` until ${until}`}; lift it: stk unfreeze ${name}`,
    already: `${name} already exists`,
  };
  return commitStop(context, repo, { stop, options });
}

export function halt(context: CommandContext, options: FreezeOptions): Promise<number> {
  return freeze(context, haltName, options);
}

export async function unfreeze(
  context: CommandContext,
  name: string,
  options: UnfreezeOptions,
): Promise<number> {
  const repo = await context.openRepo();
  const tip = await repo.tip();
  const plan = planUnfreeze(name, { names: await listFreezes(repo, tip), actor: undefined });
  const found = await findFile(repo, tip, freezePath(name));
  const stop = {
    plan,
    found,
    facts: { freeze: name },
    told: `${name} lifted`,
    already: `${name} was already lifted`,
  };
  return commitStop(context, repo, { stop, options });
}
