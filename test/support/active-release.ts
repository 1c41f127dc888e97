// Active releases for tests of what answers calls: a release document made ready by ajv and plain maps, and a database
// that gives the outcome that the test is about. The real compiler and databases have suites of their own.
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Database, ExecuteOutcome, ExecuteRequest } from '../../src/database/database.ts';
import { parseRelease } from '../../src/model/parse-release.ts';
import { formatProblems } from '../../src/model/problem.ts';
import type { Operation, Release } from '../../src/model/release.ts';
import type { ActiveRelease } from '../../src/serving/active-releases.ts';
import type {
  CompiledOperation,
  CompiledRelease,
  InputValidator,
} from '../../src/serving/compiled-release.ts';
import { matchesPermission } from '../../src/serving/matches-permission.ts';

export interface ScriptedDatabase extends Database {
  /** What was asked of it, oldest first. */
  readonly requests: ExecuteRequest[];
}

/** A database whose every statement ends as `answer` says. */
export function aScriptedDatabase(
  answer: (request: ExecuteRequest) => ExecuteOutcome | Promise<ExecuteOutcome>,
): ScriptedDatabase {
  const requests: ExecuteRequest[] = [];
  return {
    engine: 'postgres',
    description: 'scripted',
    requests,
    async execute(request) {
      requests.push(request);
      return answer(request);
    },
    inspect: () => Promise.reject(new Error('not scripted')),
    recycle() {},
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

export interface ActiveParts {
  readonly environment?: string;
  readonly revision?: string;
  readonly database?: Database;
  readonly maxRows?: number;
  readonly refuseWrites?: boolean;
}

/** The release document `yaml` as the serving one. */
export function anActiveRelease(yaml: string, parts: ActiveParts = {}): ActiveRelease {
  return {
    environment: 'dev',
    revision: 'a'.repeat(40),
    since: '2026-11-21T08:00:00.000Z',
    maxRows: 1000,
    refuseWrites: false,
    database: aScriptedDatabase(() => ({ kind: 'done', rows: [], count: 0 })),
    compiled: compile(parseOrThrow(yaml)),
    ...parts,
  };
}

function parseOrThrow(yaml: string): Release {
  const id = /^release: ?"?([^"\n]+)"?$/m.exec(yaml)?.[1] ?? '';
  const parsed = parseRelease(yaml, { file: `releases/${id}.yaml`, id });
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
  return parsed.value;
}

function compile(release: Release): CompiledRelease {
  const operations = new Map(
    [...release.operations].map(([name, operation]) => [name, toCompiled(operation)]),
  );
  return {
    release,
    digest: release.release,
    operations,
    statements: new Map(),
    configJson: JSON.stringify(release.config),
    isAllowed: (roles, operation) =>
      (operations.has(operation) || operation === 'config.read') &&
      roles.some((role) => release.permissions.get(role)?.some((held) => matchesPermission(held, operation))),
  };
}

function toCompiled(operation: Operation): CompiledOperation {
  const { name } = operation;
  const validate = compileValidator(operation.input ?? true);
  if (operation.kind === 'constant')
    return { kind: 'constant', name, json: JSON.stringify(operation.value), validate };
  const parameters = [...new Set([...operation.sql.matchAll(/:(\w+)/g)].map((match) => match[1] ?? ''))];
  const text = operation.sql.replaceAll(
    /:(\w+)/g,
    (_, parameter: string) => `$${parameters.indexOf(parameter) + 1}`,
  );
  const statement = { name, text, mode: operation.mode };
  return { kind: 'sql', name, statement, parameters, returns: operation.returns, validate };
}

function compileValidator(schema: object | boolean): InputValidator {
  const validate = new Ajv2020({ allErrors: true }).compile(schema);
  return (input) =>
    validate(input)
      ? undefined
      : (validate.errors ?? []).map((error) => ({
          pointer: error.instancePath,
          detail: error.message ?? '',
        }));
}
