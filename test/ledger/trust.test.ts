import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import type { ConfigRepo } from '../../src/git/config-repo.ts';
import { blobId } from '../../src/git/append-files.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { countingRules } from '../../src/ledger/records/counting-rules.ts';
import { readRecordsAt } from '../../src/ledger/records/records-at.ts';
import { verifyAudit } from '../../src/ledger/audit/verify-audit.ts';
import { findSignatureFaults } from '../../src/ledger/trust/find-signature-faults.ts';
import { Trust } from '../../src/ledger/trust/trust.ts';
import type { Pipeline } from '../../src/model/pipeline/pipeline.ts';
import { closeOpened, openRepo } from '../support/git/git-config-repo.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { aCheck, anEvent, branch, filed, now } from '../support/git/records-repo.ts';
import {
  commitAs,
  mergeAs,
  openSigningDesk,
  type SigningDesk,
  type SshPerson,
} from '../support/git/signing.ts';

const release = 'release: v1\n';
const digest = blobId(release);
const content = { release: 'v1', digest };
const environments = new Set(['dev', 'prod']);

let desk: SigningDesk;
let ada: SshPerson;
let hub: SshPerson;
let forge: SshPerson;
let mallory: SshPerson;
let files: TestRepo;
let repo: ConfigRepo;
let trust: Trust;
let ledger: Ledger;

const project = (signatures: string): string =>
  `project: shop\nenvironments:\n  dev: { database: { urlFrom: DEV }, trust: none }\n  prod: { database: { urlFrom: PROD } }\ntrust: { signatures: ${signatures}, forge: [noreply@github.com] }\n`;
const signers = (...people: SshPerson[]): string =>
  people.map(({ mail, publicKey }) => `${mail} ${publicKey}\n`).join('');
const pointer = (name: string, text: string) => ({ [`environments/${name}.yaml`]: text });
const nobody = { mail: 'ada@example.com' };

function pipeline(text = project('required')): Pipeline {
  const parsed = parseProject(text, { file: 'stk.yaml', gateKinds });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.pipeline;
}

beforeAll(async () => {
  desk = await openSigningDesk();
  ada = await desk.ssh('ada@example.com');
  hub = await desk.ssh('stk-hub@localhost');
  forge = await desk.ssh('noreply@github.com');
  mallory = await desk.ssh('mallory@example.com');
});

afterAll(() => desk.close());

beforeEach(async () => {
  await closeOpened();
  await files?.remove();
  files = await createTestRepo();
  await commitAs(files, {
    by: nobody,
    files: {
      'stk.yaml': project('required'),
      'trust/allowed_signers': signers(ada, hub, forge),
      'releases/v1.yaml': release,
      'freezes/night.yaml': 'freeze: night\nreason: maintenance\n',
    },
  });
  repo = await openRepo({ location: files.directory });
  trust = new Trust();
  ledger = new Ledger({ repo, stateDirectory: desk.directory, trust });
});

afterAll(async () => {
  await closeOpened();
  await files.remove();
});

async function judge(environment = 'prod'): Promise<string> {
  const revision = await files.revision();
  await trust.follow(repo, revision);
  const judged = await ledger.judgePointer({ revision, environment }, content, pipeline());
  return judged.counts ? 'counts' : judged.why;
}

describe('a pointer commit, where signatures are required', () => {
  it('counts when its author signed it with a key in force', async () => {
    await commitAs(files, { by: nobody, files: pointer('prod', 'release: v1\n') });
    expect(await judge()).toContain('by ada@example.com is not signed');
    await commitAs(files, { by: mallory, files: pointer('prod', 'release: v1 # a\n') });
    expect(await judge()).toContain('no key in force');
    await commitAs(files, {
      by: { ...mallory, mail: ada.mail },
      files: pointer('prod', 'release: v1 # b\n'),
    });
    expect(await judge()).toContain('no key in force');
    await commitAs(files, { by: ada, files: pointer('prod', 'release: v1 # c\n') });
    expect(await judge()).toBe('counts');
  });

  it('needs no signature in an environment that requires none', async () => {
    await commitAs(files, { by: nobody, files: pointer('dev', 'release: v1\n') });
    expect(await judge('dev')).toBe('counts');
  });

  it('stops counting at once when the line of its key is deleted', async () => {
    await commitAs(files, { by: ada, files: pointer('prod', 'release: v1\n') });
    expect(await judge()).toBe('counts');
    const grace = await desk.ssh('grace@example.com');
    await commitAs(files, { by: ada, files: { 'trust/allowed_signers': signers(grace) } });
    expect(await judge()).toContain('no key in force');
  });

  it('must hold the file of the release that it names', async () => {
    await commitAs(files, {
      by: ada,
      files: { 'releases/v1.yaml': undefined, ...pointer('prod', 'release: v1\n') },
    });
    await commitAs(files, { by: mallory, files: { 'releases/v1.yaml': release } });
    expect(await judge()).toContain('came after');
  });

  it('by a forge is a web edit of its author, or a merge of commits that count', async () => {
    const web = { by: forge, author: 'somebody@example.com' };
    await commitAs(files, { ...web, files: pointer('prod', 'release: v1\n') });
    expect(await judge()).toBe('counts');
    await files.git('checkout', '--quiet', '-b', 'signed');
    await commitAs(files, { by: ada, files: pointer('prod', 'release: v1 # signed\n') });
    await files.git('checkout', '--quiet', 'main');
    await mergeAs(files, 'signed', web);
    expect(await judge()).toBe('counts');
    await files.git('checkout', '--quiet', '-b', 'unsigned');
    await commitAs(files, { by: nobody, files: pointer('prod', 'release: v1 # unsigned\n') });
    await commitAs(files, { by: ada, files: { other: 'file' } });
    await files.git('checkout', '--quiet', 'main');
    await mergeAs(files, 'unsigned', web);
    expect(await judge()).toMatch(/merge \w+ brings it in, and commit \w+ by ada@example.com is not signed/);
  });
});

describe('a change of stk.yaml or the keys', () => {
  const inForce = async (follower: Trust) => {
    const { revision, refused } = await follower.follow(repo, await files.revision());
    return { text: await repo.fileText(revision, 'stk.yaml', 10_000), refused: refused?.why };
  };

  it('takes effect when it is signed by a key that was in force before it; a Hub without memory agrees', async () => {
    await inForce(trust);
    await commitAs(files, { by: mallory, files: { 'trust/allowed_signers': signers(ada, hub, mallory) } });
    await commitAs(files, { by: mallory, files: { 'stk.yaml': project('none') } });
    for (const follower of [trust, new Trust()]) {
      const { text, refused } = await inForce(follower);
      expect(text).toBe(project('required'));
      expect(refused).toContain('by mallory@example.com does not count');
    }
    await commitAs(files, {
      by: ada,
      files: { 'stk.yaml': project('required'), 'trust/allowed_signers': signers(ada, hub) },
    });
    await commitAs(files, { by: ada, files: { 'stk.yaml': `${project('none')}# signed\n` } });
    for (const follower of [trust, new Trust()])
      expect(await inForce(follower)).toEqual({ text: `${project('none')}# signed\n`, refused: undefined });
    // From here on nothing is required.
    await commitAs(files, { by: mallory, files: { 'stk.yaml': `${project('none')}# free\n` } });
    for (const follower of [trust, new Trust()])
      expect(await inForce(follower)).toEqual({ text: `${project('none')}# free\n`, refused: undefined });
  });

  it('that is taken back is no longer told of', async () => {
    await inForce(trust);
    await commitAs(files, { by: mallory, files: { 'stk.yaml': project('none') } });
    expect((await inForce(trust)).refused).toBeDefined();
    await commitAs(files, { by: mallory, files: { 'stk.yaml': project('required') } });
    expect((await inForce(trust)).refused).toBeUndefined();
  });

  it('is not made by rewinding the branch', async () => {
    const first = await files.revision();
    await commitAs(files, { by: ada, files: { 'trust/allowed_signers': signers(ada) } });
    await inForce(trust);
    await files.git('reset', '--quiet', '--hard', first);
    expect((await inForce(trust)).refused).toContain('rewound');
  });
});

describe('a freeze or a veto', () => {
  const names = async (): Promise<string[]> => {
    const revision = await files.revision();
    await trust.follow(repo, revision);
    const freezes = await ledger.freezes(revision, environments);
    return freezes.map(({ name, environments: only }) => `${name} ${only?.join(' ') ?? 'all'}`).sort();
  };

  it('counts unsigned, and only a signed commit narrows or removes it', async () => {
    await commitAs(files, { by: nobody, files: { 'freezes/day.yaml': 'freeze: day\nreason: x\n' } });
    expect(await names()).toEqual(['day all', 'night all']);
    const narrow = 'freeze: day\nreason: x\nenvironments: [dev]\n';
    await commitAs(files, { by: nobody, files: { 'freezes/day.yaml': narrow } });
    expect(await names()).toEqual(['day all', 'day dev', 'night all']);
    await commitAs(files, { by: ada, files: { 'freezes/day.yaml': `${narrow}# signed\n` } });
    expect(await names()).toEqual(['day dev', 'night all']);
    await commitAs(files, {
      by: mallory,
      files: { 'freezes/day.yaml': undefined, 'freezes/night.yaml': undefined },
    });
    expect(await names()).toEqual(['day dev', 'night all']);
    await commitAs(files, { by: ada, files: { 'freezes/day.yaml': 'freeze: day\nreason: y\n' } });
    await commitAs(files, { by: ada, files: { 'freezes/day.yaml': undefined } });
    expect(await names()).toEqual(['night all']);
  });

  it('is the same for a veto', async () => {
    const veto = async () => {
      const revision = await files.revision();
      await trust.follow(repo, revision);
      return (await ledger.veto(revision, 'v1'))?.reason;
    };
    await commitAs(files, { by: nobody, files: { 'vetoes/v1.yaml': 'veto: v1\nreason: broken\n' } });
    expect(await veto()).toBe('broken');
    await commitAs(files, { by: nobody, files: { 'vetoes/v1.yaml': undefined } });
    expect(await veto()).toBe('broken');
  });
});

it('a record counts when its author signed the commit that added it', async () => {
  await trust.follow(repo, await files.revision());
  await files.git('checkout', '--quiet', '--orphan', branch);
  await files.git('rm', '--quiet', '-rf', '.');
  const add = async (by: { mail: string }, one: ReturnType<typeof aCheck> | ReturnType<typeof anEvent>) => {
    const { path, text } = filed({ ...one, by: by.mail, digest });
    await commitAs(files, { by, files: { [path]: text } });
  };
  await add(ada, aCheck({ name: 'signed' }));
  await add(nobody, aCheck({ name: 'unsigned' }));
  await add(hub, anEvent({ environment: 'prod' }));
  await add({ mail: hub.mail }, anEvent({ environment: 'prod', event: 'healthy' }));
  await add({ mail: hub.mail }, anEvent({ environment: 'dev' }));
  await ledger.records.update({ branch, since: undefined });
  const judged = await ledger.recordsOf('v1', countingRules(pipeline(), now));
  expect(judged.map(({ refusal }) => refusal?.replace(/commit \w+/, 'commit'))).toEqual([
    undefined,
    'commit by ada@example.com is not signed.',
    undefined,
    'commit by stk-hub@localhost is not signed.',
    undefined,
  ]);
  const faults = [];
  const revision = await files.revision('main');
  const rules = countingRules(pipeline(), now);
  const records = readRecordsAt(repo, {
    tip: await files.revision(branch),
    place: { branch, since: undefined },
    trust,
  });
  const { pointers } = ledger;
  const audit = { repo, trust, pointers, records, revision, pipeline: pipeline(), rules, releases: ['v1'] };
  for await (const fault of findSignatureFaults(audit)) faults.push(fault.kind);
  expect(faults).toEqual(['record', 'record']);
  await files.git('checkout', '--quiet', 'main');
  await commitAs(files, { by: ada, files: { 'trust/allowed_signers': signers(ada) } });
  const after = { ...audit, revision: await files.revision() };
  const lost = [];
  for await (const fault of findSignatureFaults(after))
    if (fault.kind === 'lost-rollback-target') lost.push(fault);
  expect(lost).toEqual([{ kind: 'lost-rollback-target', environment: 'prod', release: 'v1' }]);
  const verified = await verifyAudit({
    ...after,
    recordsTip: await files.revision(branch),
    formerTips: [],
    now,
  });
  expect(new Set(verified.problems.map(({ code }) => code))).toEqual(
    new Set(['record-unsigned', 'rollback-target-lost', 'revision-missing', 'not-admitted']),
  );
  const none = await ledger.recordsOf('v1', countingRules(pipeline(project('none')), now));
  expect(none.every(({ refusal }) => refusal === null)).toBe(true);
});
