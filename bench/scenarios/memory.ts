// What a Hub keeps in memory when nothing happens: resident sets of the Hub and of all processes that it started, added up. A
// minute without work ends the compile thread and the helper process; the figures are taken after that.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { withCleanup } from '../cleanup.ts';
import { createDatabase } from '../postgres.ts';
import { encodeRequest, RawConnection } from '../raw-connection.ts';
import type { Scenario } from '../scenario.ts';
import { environment, startServedHub } from '../served-hub.ts';
import { releaseText, tablesSql } from '../workload.ts';

const operations = 1;
/** Milliseconds from the last work until the figures are taken. */
const restMs = 62_000;
const samples = 5;
const mostMegabytes = 160;

export const memory: Scenario = {
  name: 'memory',
  title: `Resident memory of a Hub and all its processes, ${operations} operation, PostgreSQL 18, a minute after the last activation or check.`,
  run: (context) =>
    withCleanup(async (cleanup) => {
      const databaseUrl = await createDatabase(tablesSql());
      const { hub } = await startServedHub(context, cleanup, { databaseUrl, operations });
      const read = async (waitMs: number): Promise<number[]> => {
        await delay(waitMs, undefined, { signal: context.signal });
        const megabytes: number[] = [];
        for (let count = 0; count < samples; count += 1) {
          megabytes.push(readResidentMegabytes(hub.pid));
          await delay(200);
        }
        return megabytes;
      };
      const check = async (): Promise<void> => {
        const control = new RawConnection(hub.port);
        cleanup.add(() => control.close());
        const { status, body } = await control.send(
          encodeRequest(hub.port, {
            path: `/api/v1/projects/shop/environments/${environment}/check`,
            body: JSON.stringify({ document: releaseText({ release: 'new', operations }) }),
          }),
        );
        if (status !== 200) throw new Error(`the check answered ${status} ${body.slice(0, 300)}`);
      };
      const rest = context.isQuick ? 1_000 : restMs;
      const atRest = await read(rest);
      await check();
      const checked = await read(100);
      const afterCheck = await read(rest);
      const aim = (megabytes: readonly number[]) => ({
        text: `≤ ${mostMegabytes} MB`,
        isMet: Math.max(...megabytes) <= mostMegabytes,
      });
      return [
        { what: 'at rest, after the start', samples: atRest, unit: 'MB', aim: aim(atRest) },
        { what: 'just after a check, with the helper process', samples: checked, unit: 'MB' },
        { what: 'at rest, after a check', samples: afterCheck, unit: 'MB', aim: aim(afterCheck) },
      ];
    }),
};

/** Of the process and all below it, from Linux's /proc. */
function readResidentMegabytes(root: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = /^PPid:\s+(\d+)/m.exec(readStatus(Number(name)))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const below = (pid: number): boolean => {
    if (pid === root) return true;
    const parent = parents.get(pid);
    return parent !== undefined && parent !== 0 && below(parent);
  };
  let kilobytes = 0;
  for (const pid of parents.keys())
    if (below(pid)) kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(readStatus(pid))?.[1] ?? 0);
  return kilobytes / 1024;
}

/** '': it ended meanwhile. */
function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return '';
    throw error;
  }
}
