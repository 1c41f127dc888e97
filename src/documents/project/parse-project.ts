// Parses stk.yaml. Durations become milliseconds and sizes bytes; absent members get their defaults.
import { pointerTo, type TreeMap } from '../yaml/document-tree.ts';
import type { GateKind } from './gate-kind.ts';
import { readDuration } from './judge-people.ts';
import { isLoopback, judgeHubUrl, judgePath, parseUrl } from './judge-place.ts';
import { judgeShared, sharedWith } from './parse-canary.ts';
import { readForge } from './parse-forge.ts';
import { readNotify } from './parse-notify.ts';
import { buildPipeline } from './parse-pipeline.ts';
import { readFileStore } from './parse-files.ts';
import { readMigrations } from './parse-migrations.ts';
import type { Parsed } from '../../model/problem.ts';
import type {
  AcceptedFinding,
  AuthSettings,
  DatabaseSettings,
  EnvironmentSettings,
  LastKnownGoodPolicy,
  Limits,
  Project,
} from '../../model/project.ts';
import { readServices } from './parse-services.ts';
import { readSmoke } from '../release/parse-smoke.ts';
import { projectSchema } from '../schemas/project-schema.ts';
import { readDocument, type Report } from '../yaml/read-document.ts';
import { isDate, isDateTime } from '../../kernel/times.ts';
import { child, itemsOf, mapOf, mapsIn, numberOf, textOf, textsOf } from '../yaml/tree-reader.ts';
import { parseDuration, parseSize } from '../../kernel/units.ts';

export const maxProjectBytes = 256 * 1024;

/** The limits when stk.yaml sets none. Milliseconds and bytes. */
export const defaultLimits: Limits = {
  rows: 1000,
  statement: 10_000,
  lock: 2000,
  body: 1024 * 1024,
  pool: 10,
};

/** How long a release must be served healthily before it counts as known good. Milliseconds. */
const defaultHealthyFor = 600_000;

export interface ProjectSource {
  /** Its path in the repo, for the problems. */
  readonly file: string;
  /** The known kinds of gates. */
  readonly gateKinds: readonly GateKind[];
}

export function parseProject(text: string, { file, gateKinds }: ProjectSource): Parsed<Project> {
  const schema = projectSchema(gateKinds);
  const document = readDocument(text, { file, maxBytes: maxProjectBytes, schema });
  const { root, report, problems } = document;
  if (root === undefined) return { ok: false, problems: problems() };
  const webhook = textOf(mapOf(root, 'webhook'), 'secretFrom');
  const value: Project = {
    project: textOf(root, 'project') ?? '',
    environments: buildEnvironments(new Map(mapsIn(mapOf(root, 'environments'))), report),
    limits: buildLimits(mapOf(root, 'limits'), report),
    auth: buildAuth(mapOf(root, 'auth'), report),
    hub: judgeHubUrl(textOf(root, 'hub'), '/hub', report),
    webhook: webhook === undefined ? undefined : { secretFrom: webhook },
    pipeline: buildPipeline(root, document, gateKinds),
    services: readServices(root, report),
    forge: readForge(root, report),
    notify: readNotify(root, mapOf(root, 'environments')?.entries.keys() ?? [], report),
  };
  const found = problems();
  return found.length > 0 ? { ok: false, problems: found } : { ok: true, value };
}

function buildEnvironments(
  nodes: ReadonlyMap<string, TreeMap>,
  report: Report,
): ReadonlyMap<string, EnvironmentSettings> {
  judgeShared(nodes, report);
  const own = new Map([...nodes].map(([name, node]) => [name, buildEnvironment(name, node, report)]));
  const built = new Map(own);
  for (const [name, node] of nodes) {
    const of = sharedWith(name, nodes);
    const [mine, other] = [own.get(name), own.get(of ?? '')];
    if (of !== undefined && mine !== undefined && other !== undefined)
      built.set(name, shareSettings(of, other, { mine, node }));
  }
  return built;
}

/** A canary serves the callers of the other environment: settings that it does not have are taken from there. */
function shareSettings(
  of: string,
  other: EnvironmentSettings,
  { mine, node }: { readonly mine: EnvironmentSettings; readonly node: TreeMap },
): EnvironmentSettings {
  const says = (key: string): boolean => node.entries.has(key);
  return {
    name: mine.name,
    of,
    database: other.database,
    compatibility: (says('compatibility') ? mine : other).compatibility,
    onDrift: (says('onDrift') ? mine : other).onDrift,
    accept: (says('accept') ? mine : other).accept,
    migrationLock: other.migrationLock,
    migrations: (says('migrations') ? mine : other).migrations,
    files: (says('files') ? mine : other).files,
    smoke: (says('smoke') ? mine : other).smoke,
    onSmokeFailure: (says('onSmokeFailure') ? mine : other).onSmokeFailure,
    lastKnownGood: (says('lastKnownGood') ? mine : other).lastKnownGood,
  };
}

function buildEnvironment(name: string, node: TreeMap, report: Report): EnvironmentSettings {
  const pointer = pointerTo('/environments', name);
  const lock = child(node, 'migrationLock');
  return {
    name,
    database: buildDatabase(mapOf(node, 'database'), `${pointer}/database`, report),
    compatibility: textOf(node, 'compatibility') === 'strict' ? 'strict' : 'normal',
    onDrift: textOf(node, 'onDrift') === 'refuse-writes' ? 'refuse-writes' : 'warn',
    accept: itemsOf(node, 'accept').flatMap((item, i) =>
      item.kind === 'map' ? buildAccepted(item, `${pointer}/accept/${i}`, report) : [],
    ),
    migrationLock: lock?.kind === 'scalar' && lock.value !== null ? String(lock.value) : undefined,
    migrations: readMigrations(node, pointer, report),
    files: readFileStore(node, pointer, report),
    smoke: readSmoke(node, pointer, report),
    onSmokeFailure: textOf(node, 'onSmokeFailure') === 'alert' ? 'alert' : 'rollback',
    lastKnownGood: buildLastKnownGood(mapOf(node, 'lastKnownGood'), `${pointer}/lastKnownGood`, report),
  };
}

function buildLastKnownGood(node: TreeMap | undefined, pointer: string, report: Report): LastKnownGoodPolicy {
  const least = readDuration(node, 'for', { pointer: `${pointer}/for`, report, least: '0s' });
  return { for: least ?? defaultHealthyFor, tags: textsOf(node, 'tags') };
}

function buildDatabase(node: TreeMap | undefined, pointer: string, report: Report): DatabaseSettings {
  const refuse = (keys: readonly string[], where: string): void => {
    for (const key of keys) {
      if (node?.entries.has(key))
        report(pointerTo(pointer, key), `"${key}" belongs to a database with "${where}"`);
    }
  };
  const urlFrom = textOf(node, 'urlFrom');
  if (urlFrom === undefined) {
    refuse(['schema', 'role'], 'urlFrom');
    const init = textsOf(node, 'init');
    for (const [i, path] of init.entries()) judgePath(path, `${pointer}/init/${i}`, report);
    return { kind: 'embedded', init };
  }
  refuse(['init'], 'embedded');
  return { kind: 'server', urlFrom, schema: textOf(node, 'schema') ?? 'public', role: textOf(node, 'role') };
}

function buildAccepted(node: TreeMap, pointer: string, report: Report): AcceptedFinding {
  const until = textOf(node, 'until') ?? '';
  if (until !== '' && !isDate(until) && !isDateTime(until)) {
    report(`${pointer}/until`, `"${until}" is not a date: expected YYYY-MM-DD or an RFC 3339 time`);
  }
  return { finding: textOf(node, 'finding') ?? '', reason: textOf(node, 'reason') ?? '', until };
}

function buildLimits(node: TreeMap | undefined, report: Report): Limits {
  const measure = (
    key: 'statement' | 'lock' | 'body',
    parse: typeof parseSize,
    [least, most]: readonly [string, string],
  ): number => {
    const written = textOf(node, key);
    const amount = written === undefined ? undefined : parse(written);
    if (amount === undefined) return defaultLimits[key];
    if (amount < (parse(least) ?? 0) || amount > (parse(most) ?? Infinity)) {
      report(`/limits/${key}`, `${written} is out of bounds: expected ${least} to ${most}`);
    }
    return amount;
  };
  return {
    rows: numberOf(node, 'rows') ?? defaultLimits.rows,
    statement: measure('statement', parseDuration, ['10ms', '10m']),
    lock: measure('lock', parseDuration, ['10ms', '5m']),
    body: measure('body', parseSize, ['1KiB', '64MiB']),
    pool: numberOf(node, 'pool') ?? defaultLimits.pool,
  };
}

function buildAuth(node: TreeMap | undefined, report: Report): AuthSettings | undefined {
  if (node === undefined) return undefined;
  const jwt = mapOf(node, 'jwt');
  const url = textOf(jwt, 'jwksUrl');
  if (url !== undefined) judgeJwksUrl(url, report);
  const control = mapOf(node, 'control');
  return {
    jwt:
      url === undefined
        ? { kind: 'secret', secretFrom: textOf(jwt, 'secretFrom') ?? '' }
        : { kind: 'jwks', url },
    issuer: textOf(node, 'issuer') ?? '',
    audience: textOf(node, 'audience') ?? '',
    rolesClaim: textOf(node, 'rolesClaim') ?? 'roles',
    control: {
      read: textsOf(control, 'read'),
      write: textsOf(control, 'write'),
      evidence: textsOf(control, 'evidence'),
    },
  };
}

function judgeJwksUrl(text: string, report: Report): void {
  const url = parseUrl(text);
  if (
    url === undefined ||
    (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
  ) {
    report('/auth/jwt/jwksUrl', 'expected an https URL (http only for localhost, 127.0.0.1 or [::1])');
  } else if (url.username !== '' || url.password !== '') {
    report('/auth/jwt/jwksUrl', 'the URL contains credentials: never put a secret into a file');
  }
}
