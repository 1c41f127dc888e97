// Proposes what an environment serves to those that its `backport` names: a branch with the pointer commit, an event,
// and a pull request when there is a forge. Each release is proposed once to each of them; what a person closed or
// deleted stays so.
//
//   nothing → branch pushed → event sent → pull request opened → merged or closed, by a person
//                                                              → closed by the Hub: newer release, or target has it
import { formatCommitMessage } from '../../promotion/commit-message.ts';
import { hubAuthor } from '../../promotion/hub-signature.ts';
import { formatPointer, pointerPath } from '../../promotion/pointer-file.ts';
import type { PointerState } from '../../promotion/pointer-state.ts';
import type { Forge, PullRequest } from '../../forge/forge.ts';
import type { Release } from '../../model/release.ts';
import { StkError } from '../../kernel/errors.ts';
import type { GovernedParts } from '../admission/governed-parts.ts';
import type { HubState } from '../hub-state.ts';
import type { Log } from '../log.ts';
import { decideBackport, type BackportDecision } from './decide-backport.ts';
import type { DescribeProposal } from './describe-proposal.ts';
import { type BackportQuestion, gatherBackport } from './gather-backport.ts';

export interface BackportTools {
  readonly log: Log;
  readonly hub: Pick<HubState, 'explain' | 'check' | 'readRelease'>;
  readonly describe: DescribeProposal;
}

/** In the trailer `Stk-Actor` of a backport's commit. */
const backportActor = 'hub/backport';

export const branchPrefix = (target: string): string => `backport/${target}/`;

/** A decision, and the facts for judging the target's pull requests. */
export interface Backport {
  readonly question: BackportQuestion;
  readonly decision: Exclude<BackportDecision, { do: 'wait' }>;
  readonly branch: string;
  /** The tip of the branch; `undefined` when it does not exist. */
  readonly revision: string | undefined;
  /** Of the target. */
  readonly pointer: PointerState;
}

/**
 * The part that needs no forge: decides, pushes the branch and sends the event. `undefined` when it cannot be decided
 * yet. Throws git's errors; the next run continues from the current state.
 */
export async function proposeBackport(
  tools: Pick<BackportTools, 'log'>,
  question: BackportQuestion,
): Promise<Backport | undefined> {
  const { target, parts } = question;
  const { facts, pointer } = await gatherBackport(question);
  const decision = decideBackport(facts);
  if (decision.do === 'wait') return undefined;
  const branch = `${branchPrefix(target)}${facts.release}`;
  const ref = `refs/heads/${branch}`;
  if (decision.do === 'propose' && (await parts.repo.readRef(ref)) === undefined)
    await pushBranch(tools, question, { ref, pointer });
  const revision = await parts.repo.readRef(ref);
  if (decision.do === 'propose' && revision !== undefined) await tell(question, { branch, revision });
  return { question, decision, branch, revision, pointer };
}

async function pushBranch(
  { log }: Pick<BackportTools, 'log'>,
  { parts, from, target, activation }: BackportQuestion,
  { ref, pointer }: { readonly ref: string; readonly pointer: PointerState },
): Promise<void> {
  const { repo, place } = parts;
  const { release } = activation;
  const move = { kind: 'move', action: 'promote', environment: target } as const;
  const plan = { ...move, from: pointer.release, to: release, source: from };
  const outcome = await repo.commitFiles({
    ref,
    files: new Map([[pointerPath(target), formatPointer(pointer.text, release)]]),
    message: formatCommitMessage(plan, { actor: backportActor, reason: reasonOf(from) }),
    author: hubAuthor(place.project.pipeline),
    expected: null,
    onto: pointer.revision,
  });
  if (outcome.kind !== 'committed') {
    // Another Hub, or a person, made the branch meanwhile: that one counts.
    if ((await repo.readRef(ref)) !== undefined) return;
    const branch = ref.replace('refs/heads/', '');
    throw new StkError('git-failed', `git cannot make the branch ${branch}`, {
      hint: 'A branch whose name is the beginning of this one blocks it, or a lock that another git process left.',
    });
  }
  const { revision } = outcome;
  log.info({ environment: target, release, from, revision }, 'a backport was proposed');
}

const reasonOf = (from: string): string => `Backport from ${from}.`;

function tell(
  { parts, from, target, activation }: BackportQuestion,
  { branch, revision }: { readonly branch: string; readonly revision: string },
): Promise<void> {
  const { release, digest } = activation;
  return parts.teller.tellOne({
    environment: target,
    content: { release, digest },
    event: 'proposed',
    class: 'promotion',
    revision,
    from,
    actor: backportActor,
    sentence: `${release} is proposed to ${target} on the branch ${branch}.`,
    isOwn: true,
  });
}

/** Opens, comments and closes. Throws the forge's errors; a repetition finds the current state. */
export async function handlePullRequests(
  tools: BackportTools,
  forge: Forge,
  backport: Backport,
): Promise<void> {
  const { question, decision, branch, revision } = backport;
  const { target, parts, activation } = question;
  const into = parts.repo.ref.replace('refs/heads/', '');
  const listed = await forge.listOpen(into);
  const open = listed.filter((one) => one.branch.startsWith(branchPrefix(target)) && !one.isFork);
  for (const pull of open) {
    if (decision.do === 'done') await close(forge, pull, decision.why);
    else if (decision.do === 'stop') await note(forge, pull, decision.why);
    else if (pull.branch !== branch) await close(forge, pull, `${activation.release} is proposed now.`);
    else await noteConflict(forge, pull, backport);
  }
  const isWanted = decision.do === 'propose' || decision.do === 'keep';
  if (!isWanted || revision === undefined || open.some((one) => one.branch === branch)) return;
  // Closed or merged: a person has decided.
  if ((await forge.find(branch)) !== undefined) return;
  const { url } = await forge.open({ branch, into, ...(await describe(tools, backport)) });
  tools.log.info({ environment: target, release: activation.release, url }, 'a pull request was opened');
}

function close(forge: Forge, pull: PullRequest, why: string): Promise<void> {
  return forge.close(pull.number, withNote(pull, why));
}

async function note(forge: Forge, pull: PullRequest, sentence: string): Promise<void> {
  if (!pull.text.includes(sentence)) await forge.describe(pull.number, withNote(pull, sentence));
}

function withNote({ text }: PullRequest, sentence: string): string {
  return `**${sentence}**\n\n${text}`;
}

/** Whether the target's pointer changed since the branch was made; then git cannot merge both. */
async function noteConflict(
  forge: Forge,
  pull: PullRequest,
  { question, revision, pointer }: Backport,
): Promise<void> {
  const { parts, target } = question;
  if (revision === undefined) return;
  const path = pointerPath(target);
  const since = await parts.repo.graph.touching({ tip: pointer.revision, known: [revision], path });
  if (since.length === 0) return;
  const now = pointer.release ?? 'nothing';
  await note(forge, pull, `Conflict: ${target} was moved to ${now} after this was proposed.`);
}

async function describe(
  { hub, describe: describeProposal }: BackportTools,
  { question, pointer }: Backport,
): Promise<{ readonly title: string; readonly text: string }> {
  const { parts, from, target, activation, servedHere } = question;
  const { release } = activation;
  const author = hubAuthor(parts.place.project.pipeline).email;
  const isHere = servedHere(target) !== undefined;
  const checked = isHere ? await hub.check(target, { release, forMove: false }) : undefined;
  const explained = isHere ? await hub.explain(target, { release, author }) : undefined;
  const text = await describeProposal({
    environment: target,
    from: pointer.release,
    to: release,
    reason: reasonOf(from),
    checked,
    gates: explained?.kind === 'explained' ? explained.explanation.gates : [],
    releases: await readBoth(parts, hub, { before: pointer.release, after: release }),
  });
  return { title: `backport(${target}): ${pointer.release ?? 'nothing'} -> ${release}`, text };
}

async function readBoth(
  { repo, place }: GovernedParts,
  hub: Pick<HubState, 'readRelease'>,
  { before, after }: { readonly before: string | undefined; readonly after: string },
): Promise<{ readonly before: Release; readonly after: Release } | undefined> {
  const read = async (release: string): Promise<Release | undefined> => {
    const entry = await repo.entryAt(place.revision, `releases/${release}.yaml`);
    return entry === undefined ? undefined : hub.readRelease(release, entry.id);
  };
  if (before === undefined) return undefined;
  try {
    const [from, to] = [await read(before), await read(after)];
    return from === undefined || to === undefined ? undefined : { before: from, after: to };
  } catch (thrown) {
    // Leaves out the difference; the check reports whether the release is valid.
    if (thrown instanceof StkError && thrown.code === 'release-invalid') return undefined;
    throw thrown;
  }
}
