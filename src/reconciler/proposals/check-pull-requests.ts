// Reports the state of each open pull request to the forge: a status `stk/<environment>` for each pointer that it
// changes, and `stk/freeze` when stk.yaml lets a freeze block pull requests. Only changes are reported again.
import { parsePointer } from '../../documents/parse-pointer.ts';
import type { CommitStatus, Forge, PullRequest } from '../../forge/forge.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import { formatProblems } from '../../model/problem.ts';
import { type Freeze, freezeFolder, frozenBy } from '../../model/pipeline/freeze.ts';
import { isBlocking } from '../../model/finding.ts';
import { maxPointerBytes } from '../../model/pointer.ts';
import { pointerPath } from '../../promotion/pointer-file.ts';
import type { GovernedParts } from '../admission/governed-parts.ts';
import type { CheckOutcome, HubState } from '../hub-state.ts';

export interface PullRequestQuestion {
  readonly parts: GovernedParts;
  readonly hub: Pick<HubState, 'explain' | 'check'>;
  /** Environments whose events this Hub writes, in the order of stk.yaml. */
  readonly led: readonly string[];
  readonly now: number;
}

type Told = Pick<CommitStatus, 'state' | 'sentence'>;
interface Judged extends Told {
  readonly isRollback?: true;
}

const mostTold = 5_000;
const maxReleaseBytes = 16 * 1024 * 1024;

/** `told`: earlier reports, by commit and context. Throws git's and the forge's errors. */
export async function checkPullRequests(
  question: PullRequestQuestion,
  forge: Forge,
  told: Map<string, string>,
): Promise<void> {
  const { parts, led } = question;
  const { repo, place } = parts;
  const { pipeline, environments } = place.project;
  // One Hub reports for the whole project: that of its first environment.
  const [first] = environments.keys();
  const blocks = pipeline.freeze.blockPullRequests === true && first !== undefined && led.includes(first);
  const freeze = blocks ? await findFreeze(question) : undefined;
  for (const pull of await forge.listOpen(repo.ref.replace('refs/heads/', ''))) {
    // A commit of another repository, or one that is not fetched yet, cannot be read.
    if (pull.isFork || (await repo.readRef(`refs/heads/${pull.branch}`)) !== pull.revision) continue;
    const paths = await changedPaths(repo, { tip: pull.revision, known: place.revision });
    const judged: Judged[] = [];
    for (const environment of led) {
      if (!paths.has(pointerPath(environment))) continue;
      const one = await judgePointer(question, environment, pull.revision);
      if (one === undefined) continue;
      judged.push(one);
      await tell(forge, told, { pull, context: `stk/${environment}`, ...one });
    }
    if (!blocks) continue;
    const isFree =
      [...paths].every((path) => path.startsWith(`${freezeFolder}/`)) || areRollbacks(judged, paths);
    await tell(forge, told, { pull, context: 'stk/freeze', ...judgeFreeze(freeze, isFree) });
  }
}

async function tell(
  forge: Forge,
  told: Map<string, string>,
  { pull, context, state, sentence }: Told & { readonly pull: PullRequest; readonly context: string },
): Promise<void> {
  const { revision, branch } = pull;
  const key = `${revision} ${context}`;
  const value = `${state} ${sentence}`;
  if (told.get(key) === value) return;
  await forge.setStatus({ revision, branch, context, state, sentence });
  if (told.size >= mostTold) told.clear();
  told.set(key, value);
}

/** The changes of its own commits; for a merge, what none of its parents has. */
async function changedPaths(
  repo: ConfigRepo,
  { tip, known }: { readonly tip: string; readonly known: string },
): Promise<ReadonlySet<string>> {
  const commits = await repo.graph.changes({ tip, known: [known] });
  const paths = commits.flatMap(({ against }) => {
    const [one = [], ...others] = against.map((changes) => changes.map(({ path }) => path));
    return one.filter((path) => others.every((other) => other.includes(path)));
  });
  return new Set(paths);
}

/** `undefined` when the pointer is the same as on the followed branch. */
async function judgePointer(
  { parts: { repo, place }, hub }: PullRequestQuestion,
  environment: string,
  revision: string,
): Promise<Judged | undefined> {
  const path = pointerPath(environment);
  const [now, next] = await Promise.all([repo.entryAt(place.revision, path), repo.entryAt(revision, path)]);
  if (now?.id === next?.id) return undefined;
  if (next === undefined)
    return { state: 'success', sentence: 'The pointer is removed; what is served stays.' };
  const parsed = parsePointer(await repo.text(next.id, maxPointerBytes), { file: path });
  if (!parsed.ok) return { state: 'failure', sentence: formatProblems(parsed.problems) };
  const { release } = parsed.value;
  const author = (await repo.commit(revision)).mail || undefined;
  const explained = await hub.explain(environment, { release, author });
  if (explained.kind === 'refused') {
    const document = await repo.fileText(revision, `releases/${release}.yaml`, maxReleaseBytes);
    if (document === undefined) return { state: 'failure', sentence: explained.error.message };
    const fit = judgeFit(environment, release, await hub.check(environment, { document }));
    return (
      fit ?? {
        state: 'pending',
        sentence: `${release} fits. Its gates are evaluated once its file is merged.`,
      }
    );
  }
  const { outcome, move, message } = explained.explanation;
  const isRollback = move === 'rollback' ? ({ isRollback: true } as const) : {};
  const fit = judgeFit(environment, release, await hub.check(environment, { release, forMove: false }));
  if (fit !== undefined) return { ...fit, ...isRollback };
  if (outcome === 'admitted')
    return { state: 'success', sentence: `${release} fits, and may enter ${environment}.`, ...isRollback };
  return { state: outcome === 'waiting' ? 'pending' : 'failure', sentence: message, ...isRollback };
}

/** `undefined` when it fits. */
function judgeFit(environment: string, release: string, checked: CheckOutcome): Told | undefined {
  if (checked.kind === 'refused') return { state: 'failure', sentence: checked.error.message };
  const { verdict } = checked;
  switch (verdict.kind) {
    case 'compatible':
      return undefined;
    case 'incompatible': {
      const blocking = verdict.findings.filter(isBlocking).map(({ code, object }) => `${code} ${object}`);
      const sentence = `${release} does not fit the database of ${environment}: ${blocking.join(', ')}`;
      return { state: 'failure', sentence };
    }
    case 'indeterminate':
    case 'unavailable':
      return { state: 'pending', sentence: verdict.message };
  }
}

/** A freeze of every environment in force now. */
async function findFreeze({ parts, now }: PullRequestQuestion): Promise<Freeze | undefined> {
  const { ledger, revision, project } = parts.place;
  const freezes = await ledger.freezes(revision, new Set(project.environments.keys()));
  return freezes.find(
    ({ environments, from, until }) =>
      environments === undefined &&
      (from === undefined || from <= now) &&
      (until === undefined || now < until),
  );
}

/** Nothing blocks a rollback. */
function areRollbacks(judged: readonly Judged[], paths: ReadonlySet<string>): boolean {
  const pointers = [...paths].filter((path) => path.startsWith('environments/'));
  return (
    judged.length > 0 && judged.length === pointers.length && judged.every((one) => one.isRollback === true)
  );
}

function judgeFreeze(freeze: Freeze | undefined, isFree: boolean): Told {
  if (freeze === undefined) return { state: 'success', sentence: 'Nothing is frozen.' };
  if (isFree) return { state: 'success', sentence: 'A freeze stops neither a rollback nor its own end.' };
  return { state: 'failure', sentence: `${frozenBy}${freeze.name}: ${freeze.reason}` };
}
