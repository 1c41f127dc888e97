// Parses what stk.yaml says about the governed path: people, gates, hotfixes, freezes, records, trust. Absent keys get
// their defaults, which change nothing.
import { pointerTo, type TreeMap, type TreeNode } from '../yaml/document-tree.ts';
import type { GateKind } from './gate-kind.ts';
import { judgeCount, judgeRole, readDuration } from './judge-people.ts';
import { judgeHubUrl, judgePath } from './judge-place.ts';
import { readAuto } from './parse-auto.ts';
import { readBake, readCanary, sharedWith } from './parse-canary.ts';
import { readBackport } from './parse-forge.ts';
import { readTriggers } from './parse-triggers.ts';
import { judgeFrom, readFrom, readGates } from './parse-gates.ts';
import { gatherPeople, membersOf, type People } from '../../model/pipeline/people.ts';
import type {
  EnvironmentPolicy,
  HotfixPolicy,
  HubSetting,
  Pipeline,
  RecordsSettings,
  SignatureMode,
  TrustSettings,
} from '../../model/pipeline/pipeline.ts';
import type { ReadDocument, Report } from '../yaml/read-document.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import { environmentPipelineKeys, pipelineKeys } from './uses-pipeline.ts';
import { child, itemsOf, mapOf, mapsIn, numberOf, textOf, texts, textsOf } from '../yaml/tree-reader.ts';

const day = 86_400_000;

export function buildPipeline(root: TreeMap, document: ReadDocument, kinds: readonly GateKind[]): Pipeline {
  const { report, warn, warnings } = document;
  const environments = mapsIn(mapOf(root, 'environments'));
  const people = buildPeople(root);
  const records = buildRecords(mapOf(root, 'records'), people, report);
  const trust = buildTrust(mapOf(root, 'trust'), report);
  const override = textsOf(mapOf(root, 'freeze'), 'override');
  for (const [i, role] of override.entries()) judgeRole(role, people, `/freeze/override/${i}`, report);
  const hasOverride = child(mapOf(root, 'freeze'), 'override') !== undefined;
  const written = child(mapOf(root, 'freeze'), 'blockPullRequests');
  const blocks = written?.kind === 'scalar' && written.value === true;
  if (blocks && !root.entries.has('forge'))
    report('/freeze/blockPullRequests', 'it needs "forge", where the pull requests are');
  judgeFrom(new Map(environments.map(([name, node]) => [name, readFrom(node)])), report);
  const writers = {
    roles: records.writers,
    exist: records.writers.some((role) => membersOf(people, role)?.size !== 0),
  };
  const names = environments.map(([name]) => name);
  const policyOf = (name: string, node: TreeMap): EnvironmentPolicy => {
    const pointer = pointerTo('/environments', name);
    const from = readFrom(node);
    const context = { environment: name, environments: names, from, people, writers, report, warn };
    const gates = readGates(node, pointer, kinds, context);
    for (const gate of gates)
      if (gate.kind === 'migrations' && !node.entries.has('migrations') && !node.entries.has('of'))
        report(
          `${pointerTo(`${pointer}/gates`, gate.name)}/migrations`,
          `"migrations" needs the key "migrations" of ${name}, such as { dir: migrations/, tool: plain }`,
        );
    const triggers = readTriggers(node, pointer, report);
    return {
      environment: name,
      from,
      gates,
      hub: buildHub(child(node, 'hub'), `${pointer}/hub`, report),
      hubs: textsOf(node, 'hubs').map((url, i) => judgeHubUrl(url, `${pointer}/hubs/${i}`, report) ?? url),
      signatures: modeOf(node) ?? trust.signatures,
      auto: readAuto(node, { environment: name, from, pointer, report }),
      bake: readBake(node, pointer, report),
      ...(node.entries.has('backport')
        ? { backport: readBackport(node, { environment: name, names }, report) }
        : {}),
      ...(triggers.length === 0 ? {} : { triggers }),
    };
  };
  const own = new Map(environments.map(([name, node]) => [name, policyOf(name, node)]));
  const shared = environments.map(([name, node]) =>
    shareMembers(name, { own, nodes: new Map(environments), document, people, node }),
  );
  return {
    people,
    environments: new Map([...own, ...shared.flatMap((entry) => (entry === undefined ? [] : [entry]))]),
    hotfix: buildHotfix(mapOf(root, 'hotfix'), people, kinds, document),
    freeze: {
      override: hasOverride ? override : ['incident-commander'],
      ...(blocks ? { blockPullRequests: true } : {}),
    },
    records,
    trust,
    isUsed:
      pipelineKeys.some((key) => root.entries.has(key)) ||
      environments.some(([, node]) => environmentPipelineKeys.some((key) => node.entries.has(key))),
    warnings: warnings(),
  };
}

/** The policy of an environment with `of`: the other environment's Hub serves it, and its signature rules apply. */
function shareMembers(
  name: string,
  {
    own,
    nodes,
    node,
    people,
    document,
  }: {
    readonly own: ReadonlyMap<string, EnvironmentPolicy>;
    readonly nodes: ReadonlyMap<string, TreeMap>;
    readonly node: TreeMap;
    readonly people: People | undefined;
    readonly document: ReadDocument;
  },
): readonly [string, EnvironmentPolicy] | undefined {
  const of = sharedWith(name, nodes);
  const [mine, other] = [own.get(name), own.get(of ?? '')];
  if (of === undefined || mine === undefined || other === undefined) return undefined;
  const { report, warn } = document;
  const pointer = pointerTo('/environments', name);
  if (modeOf(node) === 'none' && other.signatures === 'required')
    report(`${pointer}/trust`, `${of} requires signatures, and its callers get releases from here`);
  const approvals = mapsIn(mapOf(nodes.get(of), 'gates')).map(([, gate]) => mapOf(gate, 'approval'));
  const approvers = [...new Set(approvals.flatMap((approval) => textOf(approval, 'role') ?? []))];
  const canary = readCanary(node, { people, pointer, approvers, report, warn });
  const signatures = modeOf(node) ?? other.signatures;
  return [name, { ...mine, hub: other.hub, hubs: other.hubs, signatures, canary }];
}

function buildPeople(root: TreeMap): People | undefined {
  const node = mapOf(root, 'people');
  if (node === undefined) return undefined;
  const roles = [...node.entries.keys()].map((role): [string, string[][]] => [
    role,
    itemsOf(node, role).map((item) => (item.kind === 'list' ? texts(item.items) : texts([item]))),
  ]);
  return gatherPeople(roles);
}

function buildHotfix(
  node: TreeMap | undefined,
  people: People | undefined,
  kinds: readonly GateKind[],
  { report, warn }: ReadDocument,
): HotfixPolicy {
  const written = mapOf(node, 'approvals');
  const role = textOf(written, 'role') ?? 'release-approver';
  const count = numberOf(written, 'count') ?? 2;
  if (child(written, 'role') !== undefined) judgeRole(role, people, '/hotfix/approvals/role', report);
  if (written !== undefined) judgeCount({ role, count, people }, '/hotfix/approvals', { report, warn });
  const names = ['from', ...kinds.map(({ kind }) => kind)];
  const keep = textsOf(node, 'keep');
  for (const [i, kind] of keep.entries()) {
    if (!names.includes(kind))
      report(`/hotfix/keep/${i}`, `there is no gate kind "${kind}"${suggest(kind, names)}`);
  }
  const closeWithin = readDuration(node, 'closeWithin', {
    pointer: '/hotfix/closeWithin',
    report,
    least: '1m',
  });
  return { approvals: { role, count }, closeWithin: closeWithin ?? day, keep };
}

function buildRecords(
  node: TreeMap | undefined,
  people: People | undefined,
  report: Report,
): RecordsSettings {
  const writers = child(node, 'writers') === undefined ? undefined : textsOf(node, 'writers');
  for (const [i, role] of (writers ?? []).entries()) judgeRole(role, people, `/records/writers/${i}`, report);
  const branch = textOf(node, 'branch') ?? 'stk-records';
  if (/\.lock(\/|$)/.test(branch)) report('/records/branch', `git allows no branch "${branch}"`);
  return { branch, writers: writers ?? ['ci'], since: textOf(node, 'since') };
}

function buildTrust(node: TreeMap | undefined, report: Report): TrustSettings {
  const path = (key: 'allowedSigners' | 'gpgKeys', otherwise: string): string => {
    const written = textOf(node, key)?.replace(/\/$/, '');
    if (written !== undefined) judgePath(written, `/trust/${key}`, report);
    return written ?? otherwise;
  };
  const identities = (key: string, otherwise: string): readonly string[] =>
    child(node, key) === undefined ? [otherwise] : textsOf(node, key);
  return {
    signatures: asMode(textOf(node, 'signatures')) ?? 'none',
    allowedSigners: path('allowedSigners', 'trust/allowed_signers'),
    gpgKeys: path('gpgKeys', 'trust/gpg'),
    hub: identities('hub', 'stk-hub@localhost'),
    forge: identities('forge', 'noreply@github.com'),
  };
}

function modeOf(node: TreeMap): SignatureMode | undefined {
  return asMode(textOf(node, 'trust') ?? textOf(mapOf(node, 'trust'), 'signatures'));
}

function asMode(text: string | undefined): SignatureMode | undefined {
  return text === 'none' || text === 'required' ? text : undefined;
}

function buildHub(node: TreeNode | undefined, pointer: string, report: Report): HubSetting | undefined {
  if (node?.kind === 'map') {
    const url = judgeHubUrl(textOf(node, 'url'), `${pointer}/url`, report);
    return url === undefined ? undefined : { url, tokenFrom: textOf(node, 'tokenFrom') };
  }
  const [text] = node === undefined ? [] : texts([node]);
  const url = judgeHubUrl(text, pointer, report);
  return url === undefined ? undefined : { url, tokenFrom: undefined };
}
