// `stk release verify`: do all replicas of the Hub and all services of an environment run the release that its pointer names?
import { StkError } from '../../../kernel/errors.ts';
import { parsePointer } from '../../../documents/parse-pointer.ts';
import { formatProblems } from '../../../model/problem.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { readProjectAt } from '../../govern/read-policy.ts';
import { createHubClient, type HubClient } from '../../hub/hub-client.ts';
import { resolveHubAddress } from '../../hub/hub-address.ts';
import { plainLine } from '../../print/plain-text.ts';
import type { LocalRepo } from '../../repo/local-repo.ts';
import { askHub } from '../../verify/ask-hub.ts';
import { askService } from '../../verify/ask-service.ts';
import { type AskedService, describeLine, judgeTold, type VerifiedLine } from '../../verify/verdict.ts';

export interface VerifyOptions {
  readonly env: string;
  readonly runCommands?: boolean;
  readonly sendToken?: boolean;
  readonly watch?: boolean;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Milliseconds between two checks of --watch. */
const pause = 2_000;

interface Question {
  readonly asked: AskedService;
  ask(): Promise<Parameters<typeof judgeTold>[1]>;
}

/** Exit code 3: something runs another release, is not healthy, or is unreachable. */
export async function verifyRelease(context: CommandContext, options: VerifyOptions): Promise<number> {
  const { output, services } = context;
  const { env: environment } = options;
  requireEnvironment(context.identity, environment);
  const repo = await context.openRepo();
  const { release, questions, close } = await prepare(context, options, repo);
  try {
    const { clock, interrupted } = services;
    const until = clock.now() + options.timeout;
    const look = (): Promise<VerifiedLine[]> =>
      Promise.all(questions.map(async ({ asked, ask }) => judgeTold(asked, await ask())));
    let lines = await look();
    let shown = '';
    while (options.watch === true && !lines.every(({ ok }) => ok) && clock.now() < until) {
      const text = describe(lines);
      if (text !== shown) output.narrate(`${text}\n`);
      shown = text;
      await clock.sleep(Math.min(pause, until - clock.now()), interrupted);
      if (interrupted.aborted) break;
      lines = await look();
    }
    const ok = lines.every((line) => line.ok);
    output.result({ environment, release, ok, lines }, describe(lines));
    return ok ? 0 : 3;
  } finally {
    await close();
  }
}

async function prepare(
  context: CommandContext,
  options: VerifyOptions,
  repo: LocalRepo,
): Promise<{ readonly release: string; readonly questions: readonly Question[]; close(): Promise<void> }> {
  const { services, project } = context;
  const { env: environment } = options;
  const tip = await repo.tip();
  const settings = await readProjectAt(repo, tip);
  const release = await readPointer(repo, tip, environment);
  const hubs = settings.pipeline.environments.get(environment)?.hubs ?? [];
  const replicas = hubs.map((url): [string, HubClient] => [url, openReplica(context, options, url)]);
  const asked = replicas.length === 0 ? [['hub', context.hub.of(environment)] as const] : replicas;
  const ofHubs = asked.map(([name, hub]): Question => ({
    asked: { name, kind: 'hub', expected: release, compares: 'release' },
    ask: () => askHub(hub, { project, environment }),
  }));
  const listed = settings.services.get(environment) ?? [];
  const ref = listed.some(({ expect }) => expect === 'ref') ? await readRef(repo, tip, release) : '';
  const how = {
    runsCommands: options.runCommands === true,
    directory: context.root,
    signal: services.interrupted,
  };
  const ofServices = listed.map((service): Question => {
    const { name, expect: compares } = service;
    const expected = compares === 'ref' ? ref : release;
    return { asked: { name, kind: 'service', expected, compares }, ask: () => askService(service, how) };
  });
  const close = async (): Promise<void> => {
    await Promise.all(replicas.map(([, hub]) => hub.close()));
  };
  return { release, questions: [...ofHubs, ...ofServices], close };
}

/** A file names the address: it gets the operator's token only when the operator allows it. */
function openReplica({ services }: CommandContext, { sendToken }: VerifyOptions, url: string): HubClient {
  const { environment, clock, interrupted: signal } = services;
  const address =
    sendToken === true
      ? resolveHubAddress(url, environment, undefined)
      : resolveHubAddress(undefined, { hub: undefined, token: undefined }, url);
  return createHubClient({ address, clock, signal });
}

async function readPointer(repo: LocalRepo, revision: string, environment: string): Promise<string> {
  const path = `environments/${environment}.yaml`;
  const text = await repo.file(revision, path);
  if (text === undefined)
    throw new StkError('unknown-release', `${environment} has no pointer: the file ${path} does not exist.`);
  const parsed = parsePointer(text, { file: path });
  if (parsed.ok) return parsed.value.release;
  throw new StkError('pointer-invalid', formatProblems(parsed.problems));
}

async function readRef(repo: LocalRepo, revision: string, release: string): Promise<string> {
  const { readReleaseSummary } = await import('../../../documents/release/read-release-summary.ts');
  const text = await repo.file(revision, `releases/${release}.yaml`);
  const ref = text === undefined ? '' : readReleaseSummary(text).ref;
  if (ref !== '') return ref;
  throw new StkError('unknown-release', `releases/${release}.yaml has no ref.`);
}

function describe(lines: readonly VerifiedLine[]): string {
  return lines.map((line) => plainLine(describeLine(line))).join('\n');
}
