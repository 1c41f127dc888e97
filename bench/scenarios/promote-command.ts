// The whole command `stk release promote`, from its process's start to its end, beside a Node that does nothing.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { withCleanup } from '../cleanup.ts';
import { createRepo, gitEnvironment } from '../config-repo.ts';
import { findFreePort, startHub, waitForRelease } from '../hub.ts';
import { createDatabase } from '../postgres.ts';
import type { Scenario } from '../scenario.ts';
import { medianOf } from '../statistics.ts';
import { projectText, releaseText, tablesSql } from '../workload.ts';

/** Milliseconds of `node args…`. Throws with what it said unless it exits with 0. */
function timeNode(args: readonly string[], directory: string): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: gitEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(performance.now() - begin);
      else reject(new Error(`node ${args.join(' ')}: exit ${String(code)}\n${said}`));
    });
  });
}

export const promoteCommand: Scenario = {
  name: 'promote',
  title:
    '`stk release promote`, the whole command: check, commit, wait until served; no remote, Hub running, 50 operations, PostgreSQL 18; beside an empty `node -e ""`.',
  run: (context) =>
    withCleanup(async (cleanup) => {
      const databaseUrl = await createDatabase(tablesSql());
      const port = await findFreePort();
      const repo = await createRepo(join(context.directory, 'repo'), [
        {
          subject: 'start',
          files: {
            'stk.yaml': projectText(['dev', 'prod'], `http://127.0.0.1:${port}`),
            'releases/a.yaml': releaseText({ release: 'a', operations: 50 }),
            'releases/b.yaml': releaseText({ release: 'b', operations: 50, ownFrom: 40 }),
            'environments/dev.yaml': 'release: a\n',
            'environments/prod.yaml': 'release: a\n',
          },
        },
      ]);
      await repo.git('checkout', '--quiet', 'main');
      await repo.git('reset', '--quiet', '--hard');
      const hub = await startHub({
        command: context.command,
        directory: repo.directory,
        stateDirectory: join(context.directory, 'state'),
        databaseUrl,
        port,
      });
      cleanup.add(() => hub.stop());
      await waitForRelease(port, 'prod', 'a');
      const stk: number[] = [];
      const empty: number[] = [];
      const turns = context.isQuick ? 6 : 32;
      for (let turn = 0; turn < turns && !context.signal.aborted; turn += 1) {
        const release = turn % 2 === 0 ? 'b' : 'a';
        const command = ['release', 'promote', '--project', 'shop', '--to', 'prod', '--release-id', release];
        const stkMs = await timeNode([context.command, ...command], repo.directory);
        const emptyMs = await timeNode(['-e', ''], repo.directory);
        if (turn < 2) continue;
        stk.push(stkMs);
        empty.push(emptyMs);
      }
      const ratio = medianOf(stk) / medianOf(empty);
      return [
        { what: "node -e ''", samples: empty, unit: 'ms' },
        {
          what: 'stk release promote',
          samples: stk,
          unit: 'ms',
          against: "node -e ''",
          aim: { text: '≤ 6× and ≤ 600 ms', isMet: ratio <= 6 && medianOf(stk) <= 600 },
        },
      ];
    }),
};
