// Reads from stk.yaml only what a command line needs to start: names and the Hub's address. Lenient on purpose, so that
// a rollback works while stk.yaml is broken; parse-project.ts judges the document.
import { isMap, isScalar, isSeq } from 'yaml';
import { isId } from '../../kernel/ids.ts';
import { parseUnjudged } from '../yaml/load-yaml.ts';
import { scanProjectIdentity } from './scan-project-identity.ts';

export interface ProjectIdentity {
  /** `undefined` when stk.yaml has no readable name. */
  readonly project: string | undefined;
  readonly hub: string | undefined;
  /** Environment → URL of its own Hub. */
  readonly hubs: ReadonlyMap<string, string>;
  /** Names in the file's order, without those that are not ids. */
  readonly environments: readonly string[];
  /** Canary → environment whose database it shares. */
  readonly of: ReadonlyMap<string, string>;
  /** Environments with `auto`. */
  readonly auto: ReadonlySet<string>;
  /** Environments whose `hubs` names several. */
  readonly replicated: ReadonlySet<string>;
  /** Environments with `embedded: true`. */
  readonly embedded: ReadonlySet<string>;
  /** Environment → name of the variable that holds its database URL. */
  readonly urlFrom: ReadonlyMap<string, string>;
}

export function readProjectIdentity(text: string): ProjectIdentity {
  const plain = scanProjectIdentity(text);
  if (plain === undefined) return parseProjectIdentity(text);
  let parsed: ProjectIdentity | undefined;
  const parse = (): ProjectIdentity => (parsed ??= parseProjectIdentity(text));
  return {
    ...plain,
    get hubs() {
      return mayNameHubs.test(text) ? parse().hubs : none;
    },
    get of() {
      return mayHaveCanaries.test(text) ? parse().of : none;
    },
    get auto() {
      return mayPromote.test(text) ? parse().auto : nobody;
    },
    get replicated() {
      return mayHaveReplicas.test(text) ? parse().replicated : nobody;
    },
    get embedded() {
      return parse().embedded;
    },
    get urlFrom() {
      return parse().urlFrom;
    },
  };
}

/** Matches an indented key `hub`. Most files have none, and need no parser for it. */
const mayNameHubs = /^ +[^\n]*\bhub["']?\s*:/m;
const mayHaveCanaries = /\bof["']?\s*:/;
const mayPromote = /\bauto["']?\s*:/;
const mayHaveReplicas = /\bhubs["']?\s*:/;
const nobody: ReadonlySet<string> = new Set();
const none: ReadonlyMap<string, string> = new Map();

/** The same with a YAML parser, for any text. */
export function parseProjectIdentity(text: string): ProjectIdentity {
  const document = parseUnjudged(text, 'core');
  const root = isMap(document?.contents) ? document.contents : undefined;
  const project: unknown = root?.get('project');
  const hub: unknown = root?.get('hub');
  const list = root?.get('environments');
  const environments: string[] = [];
  const auto = new Set<string>();
  const replicated = new Set<string>();
  const embedded = new Set<string>();
  const urlFrom = new Map<string, string>();
  const hubs = new Map<string, string>();
  const canaries = new Map<string, string>();
  for (const item of isMap(list) ? list.items : []) {
    const name = isScalar(item.key) ? String(item.key.value) : '';
    if (!isId(name)) continue;
    environments.push(name);
    if (isMap(item.value) && item.value.has('auto')) auto.add(name);
    // The other environment's Hub serves a canary, from its database.
    const of: unknown = isMap(item.value) ? item.value.get('of') : undefined;
    if (typeof of === 'string') canaries.set(name, of);
    const source: unknown = typeof of === 'string' && isMap(list) ? list.get(of) : item.value;
    const own = isMap(source) ? source.get('hub') : undefined;
    const address: unknown = isMap(own) ? own.get('url') : own;
    if (typeof address === 'string') hubs.set(name, address);
    const replicas: unknown = isMap(source) ? source.get('hubs') : undefined;
    if (isSeq(replicas) && replicas.items.length > 1) replicated.add(name);
    const database = isMap(source) ? source.get('database') : undefined;
    if (!isMap(database)) continue;
    const isEmbedded: unknown = database.get('embedded');
    const variable: unknown = database.get('urlFrom');
    if (isEmbedded === true) embedded.add(name);
    if (typeof variable === 'string') urlFrom.set(name, variable);
  }
  return {
    project: typeof project === 'string' && isId(project) ? project : undefined,
    hub: typeof hub === 'string' ? hub : undefined,
    hubs,
    environments,
    of: canaries,
    auto,
    replicated,
    embedded,
    urlFrom,
  };
}
