// Makes the data directory that embedded databases of a test run are copied from: initdb in WASM takes seconds, so it runs
// in a process of its own beside everything else.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface PgliteTemplate {
  stop(): Promise<void>;
}

/** Puts it at `folder/pglite`; `folder/pglite-made` then holds nothing, or why it failed. */
export function makePgliteTemplate(folder: string): PgliteTemplate {
  const script = `import { PGlite } from '@electric-sql/pglite';
    const made = await PGlite.create(process.argv[1]);
    await made.close();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, join(folder, 'pglite')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const told = once(child, 'close').then(([code, signal]) =>
    signal === null
      ? writeFile(join(folder, 'pglite-made'), code === 0 ? '' : `exit code ${String(code)}: ${errors}`)
      : undefined,
  );
  return {
    stop: async () => {
      if (child.exitCode === null) child.kill('SIGKILL');
      await told;
    },
  };
}
