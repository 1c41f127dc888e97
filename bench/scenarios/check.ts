// The check of a release against a live database, in this process and without its cache: warm and on a first connection,
// beside many tables that nobody asked about, and over a line with a delay.
import { clock } from '../clock.ts';
import { builtFile, numberOf, startChild } from '../child.ts';
import { withCleanup } from '../cleanup.ts';
import { createDatabase } from '../postgres.ts';
import type { Row, Scenario, ScenarioContext } from '../scenario.ts';
import { medianOf } from '../statistics.ts';
import { otherTablesSql, releaseText, tableCount, tablesSql } from '../workload.ts';
import { createCheckCache } from '../../src/compatibility/check/check-cache.ts';
import { checkRelease, type HoldAndCheckRequest } from '../../src/compatibility/check/check-release.ts';
import { checkMatrix, type MatrixRequest } from '../../src/compatibility/check/rollback-matrix.ts';
import { openPostgres } from '../../src/database/postgres/postgres.ts';
import type { Database } from '../../src/database/database.ts';
import { parseRelease } from '../../src/documents/release/parse-release.ts';
import type { Statement } from '../../src/sql/statement.ts';
import { loadSqlParser, prepareStatement } from '../../src/sql/prepare-statement.ts';

const operations = 100;

async function prepareRequest(id = 'a', ownFrom = operations): Promise<HoldAndCheckRequest> {
  await loadSqlParser();
  const text = releaseText({ release: id, operations, ownFrom });
  const parsed = parseRelease(text, { file: `releases/${id}.yaml`, id });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  const release = parsed.value;
  const statements = new Map<string, Statement>();
  for (const [name, operation] of release.operations) {
    if (operation.kind === 'sql') statements.set(name, prepareStatement(operation.sql));
  }
  return {
    release,
    statements,
    digest: id,
    strict: false,
    accept: [],
    migrationLock: undefined,
    now: Date.now(),
  };
}

function open(url: string): Database {
  return openPostgres({
    url,
    schema: 'public',
    role: undefined,
    limits: { statement: 10_000, lock: 2_000, pool: 10 },
    clock,
  });
}

/** Milliseconds. Throws unless the release fits: a refusal may be cheaper. */
async function timeCheck(database: Database, request: HoldAndCheckRequest): Promise<number> {
  const begin = performance.now();
  const verdict = await checkRelease(database, request);
  const ms = performance.now() - begin;
  if (verdict.kind !== 'compatible')
    throw new Error(`the release does not fit: ${JSON.stringify(verdict).slice(0, 500)}`);
  return ms;
}

async function timeWarm(
  urls: readonly string[],
  request: HoldAndCheckRequest,
  turns: number,
): Promise<number[][]> {
  const databases = urls.map(open);
  const samples = urls.map((): number[] => []);
  try {
    for (let turn = 0; turn < turns + 3; turn += 1) {
      for (const [index, database] of databases.entries()) {
        const ms = await timeCheck(database, request);
        if (turn >= 3) samples[index]?.push(ms);
      }
    }
  } finally {
    await Promise.all(databases.map((database) => database.close()));
  }
  return samples;
}

async function timeFirst(url: string, request: HoldAndCheckRequest, turns: number): Promise<number[]> {
  const samples: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const database = open(url);
    try {
      samples.push(await timeCheck(database, request));
    } finally {
      await database.close();
    }
  }
  return samples;
}

async function runCheck(context: ScenarioContext): Promise<Row[]> {
  const turns = context.isQuick ? 8 : 60;
  const request = await prepareRequest();
  context.say('making databases of 50 and of 2,000 tables');
  const small = await createDatabase(tablesSql() + otherTablesSql(50 - tableCount));
  const large = await createDatabase(tablesSql() + otherTablesSql(2000 - tableCount));
  return withCleanup(async (cleanup) => {
    const proxy = startChild(builtFile('../servers/delaying-proxy.js', import.meta.url), {
      args: [new URL(small).port, '1'],
    });
    cleanup.add(() => proxy.stop());
    const far = new URL(small);
    far.port = String(numberOf(await proxy.next(), 'port'));
    context.say('first checks');
    const first = await timeFirst(small, request, Math.ceil(turns / 3));
    context.say('warm checks, in turn');
    const [near = [], many = [], distant = []] = await timeWarm([small, large, far.href], request, turns);
    const warm = 'warm, 50 tables in the database';
    return [
      {
        what: warm,
        samples: near,
        unit: 'ms',
        aim: { text: '≤ 100 ms', isMet: medianOf(near) <= 100 },
      },
      {
        what: 'first on a new connection',
        samples: first,
        unit: 'ms',
        aim: { text: '≤ 250 ms', isMet: medianOf(first) <= 250 },
      },
      {
        what: 'warm, 2,000 tables in the database',
        samples: many,
        unit: 'ms',
        against: warm,
        aim: { text: '≤ 1.3×', isMet: medianOf(many) / medianOf(near) <= 1.3 },
      },
      {
        what: 'warm, 2 ms round trip',
        samples: distant,
        unit: 'ms',
        against: warm,
        aim: { text: '≤ 2×', isMet: medianOf(distant) / medianOf(near) <= 2 },
      },
    ];
  });
}

export const check: Scenario = {
  name: 'check',
  title: `The full check of a release of ${operations} operations over ${tableCount} tables, PostgreSQL 18, nothing answered from a cache.`,
  run: runCheck,
};

const retained = 25;

async function timeMatrix(database: Database, request: MatrixRequest): Promise<number> {
  const begin = performance.now();
  const verdict = await checkMatrix(database, request);
  const ms = performance.now() - begin;
  if (verdict.kind !== 'answered' || verdict.rows.some((row) => !row.fits))
    throw new Error(`not every release fits: ${JSON.stringify(verdict).slice(0, 500)}`);
  return ms;
}

async function runMatrix(context: ScenarioContext): Promise<Row[]> {
  const url = await createDatabase(tablesSql());
  const releases: HoldAndCheckRequest[] = [];
  for (let index = 0; index < retained; index += 1)
    releases.push(await prepareRequest(`r${index}`, operations * 0.8));
  const first: number[] = [];
  const again: number[] = [];
  const database = open(url);
  try {
    for (let turn = 0; turn < (context.isQuick ? 3 : 10) && !context.signal.aborted; turn += 1) {
      const { strict, accept, now } = await prepareRequest();
      const request = { releases, strict, accept, now, cache: createCheckCache() };
      first.push(await timeMatrix(database, request));
      for (let more = 0; more < 5; more += 1) again.push(await timeMatrix(database, request));
    }
  } finally {
    await database.close();
  }
  return [
    { what: 'first', samples: first, unit: 'ms', aim: { text: '≤ 1.5 s', isMet: medianOf(first) <= 1500 } },
    {
      what: 'fingerprint unchanged',
      samples: again,
      unit: 'ms',
      aim: { text: '≤ 50 ms', isMet: medianOf(again) <= 50 },
    },
  ];
}

export const rollbackMatrix: Scenario = {
  name: 'rollback-matrix',
  title: `Which of ${retained} releases of ${operations} operations, four in five of them shared, fit one PostgreSQL 18 database.`,
  run: runMatrix,
};
