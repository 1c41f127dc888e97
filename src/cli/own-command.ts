// How the operator starts this command again from a shell, for printed commands that can be copied.
import { realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface OwnCommandRequest {
  /** The file that node runs. */
  readonly script: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** `stk` when the shell finds this very file by that name, else the npm package: `stk` on npm is another project. */
export function ownCommand({ script, variables }: OwnCommandRequest): 'stk' | 'npx stk-hub' {
  const own = realOrNone(script);
  const isKnown = (variables['PATH'] ?? '')
    .split(delimiter)
    // npm adds these folders to the path of its child processes; the operator's shell does not have them.
    .filter((folder) => variables['npm_command'] === undefined || !folder.endsWith(npmFolder))
    .some((folder) => own !== undefined && realOrNone(join(folder, 'stk')) === own);
  return isKnown ? 'stk' : 'npx stk-hub';
}

const npmFolder = join('node_modules', '.bin');

function realOrNone(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // not there, or a folder that may not be read: the shell does not find it either
  }
}
