// The stk.yaml in force: the last one that parses and may be served. A bad one is reported and changes nothing.
import type { ConfigRepo, TreeEntry } from '../../git/config-repo.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import { readTrust } from '../../documents/project/read-trust.ts';
import type { PolicyInForce } from '../../ledger/trust/policy-chain.ts';
import type { Trust } from '../../ledger/trust/trust.ts';
import { gateKinds } from '../../gates/gate-kinds.ts';
import { maxProjectBytes, parseProject } from '../../documents/project/parse-project.ts';
import { formatProblems } from '../../model/problem.ts';
import type { Project } from '../../model/project.ts';
import { claim, type Claim } from '../status/compute-conditions.ts';
import type { LastKnownGoodStore } from '../state/last-known-good.ts';
import type { Log } from '../log.ts';
import { isRegularFile } from '../stages/read-pointer.ts';

export interface ProjectInForceOptions {
  readonly records: LastKnownGoodStore;
  readonly log: Log;
  /** Why this project may not be served, for example because its listener would be open. */
  readonly refuse: (project: Project) => StkError | undefined;
  /** Decides which commit's stk.yaml may take effect. */
  readonly trust: Trust;
}

export class ProjectInForce {
  readonly #options: ProjectInForceOptions;
  #seen: string | undefined;
  #blob: string | undefined;
  #project: Project | undefined;
  #claim: Claim = claim('ProjectValid', 'Unknown', 'NotRead', 'stk.yaml has not been read yet.');
  #failure: StkError | undefined;

  constructor(options: ProjectInForceOptions) {
    this.#options = options;
  }

  /** `undefined` before the first good one. */
  get project(): Project | undefined {
    return this.#project;
  }

  get claim(): Claim {
    return this.#claim;
  }

  /** Why the newest one is not in force. */
  get failure(): StkError | undefined {
    return this.#failure;
  }

  /**
   * Reads the stk.yaml in force at the tip `tip` if it changed; returns whether another project is in force now. Throws
   * git's errors.
   */
  async update(repo: ConfigRepo, tip: string, atTip: TreeEntry | undefined): Promise<boolean> {
    const { revision, refused } = await this.#follow(repo, tip);
    const entry = revision === tip ? atTip : await repo.entryAt(revision, 'stk.yaml');
    const seen = `${entry?.mode} ${entry?.id} ${refused?.commit}`;
    if (seen === this.#seen) return false;
    const read = await readProject(repo, revision, entry);
    this.#seen = seen;
    if (read.kind === 'refused') {
      this.#reject(read.reason, read.error, revision);
      return false;
    }
    const misplaced = refuseRecordsBranch(read.project, repo);
    if (misplaced !== undefined) {
      this.#reject('ProjectInvalid', misplaced, revision);
      return false;
    }
    const insecure = this.#options.refuse(read.project);
    if (insecure !== undefined) {
      this.#reject('InsecureProject', insecure, revision);
      return false;
    }
    // An equal one keeps the same value: nothing has to be taken over again.
    const isSame = this.#project !== undefined && this.#blob === read.blob;
    if (!isSame) this.#project = read.project;
    this.#blob = read.blob;
    this.#failure = undefined;
    this.#claim = inForce(read.project);
    if (!isSame)
      for (const warning of read.project.pipeline.warnings)
        this.#options.log.warn(
          { revision, problem: formatProblems([warning]) },
          'stk.yaml may have an unintended effect',
        );
    if (refused !== null) this.#noteUnsigned(refused);
    if (!isSame) await this.#record({ blob: read.blob, revision, text: read.text });
    return !isSame;
  }

  async #follow(repo: ConfigRepo, tip: string): Promise<PolicyInForce> {
    const { records, trust } = this.#options;
    if (trust.inForce === null) {
      const recorded = await records.readProject();
      // When it required signatures, the whole chain is followed: a copy on disk is no signature.
      if (recorded.kind === 'found' && readTrust(recorded.record.text)?.requires === false)
        trust.startFrom(recorded.record.revision);
    }
    return trust.follow(repo, tip);
  }

  #noteUnsigned({ commit, why }: { readonly commit: string; readonly why: string }): void {
    const message = `the former stk.yaml and keys stay in force: ${why} Revert the change, or commit it signed.`;
    this.#claim = claim('ProjectValid', 'False', 'ProjectUnsigned', message);
    this.#options.log.warn(
      { revision: commit, reason: 'ProjectUnsigned', problem: why },
      'the new stk.yaml does not take effect',
    );
  }

  /** When git is unreadable, or has nothing good yet: the one that was in force before the restart. */
  async restore(): Promise<boolean> {
    const { records, log, refuse } = this.#options;
    const recorded = await records.readProject();
    if (recorded.kind === 'corrupt')
      log.warn({ problem: recorded.message }, 'the last project on disk cannot be used');
    if (recorded.kind !== 'found') return false;
    const { text, revision } = recorded.record;
    const parsed = parseProject(text, { file: 'stk.yaml', gateKinds });
    const problem = parsed.ok ? refuse(parsed.value)?.message : formatProblems(parsed.problems);
    if (!parsed.ok || problem !== undefined) {
      log.warn({ problem }, 'the last project on disk does not take effect');
      return false;
    }
    this.#project = parsed.value;
    if (this.#failure === undefined) {
      const message = `stk.yaml of ${revision}, from disk, is in force; git has not been read since the start.`;
      this.#claim = claim('ProjectValid', 'Unknown', 'ProjectFromDisk', message);
    }
    return true;
  }

  #reject(
    reason: 'ProjectMissing' | 'ProjectInvalid' | 'InsecureProject',
    error: StkError,
    revision: string,
  ): void {
    this.#failure = error;
    const kept = this.#project === undefined ? '' : ' The last good one stays in force.';
    this.#claim = claim('ProjectValid', 'False', reason, `${error.message}${kept}`);
    this.#options.log.warn(
      { revision, reason, problem: error.message },
      'the new stk.yaml does not take effect',
    );
  }

  async #record(record: { blob: string; revision: string; text: string }): Promise<void> {
    try {
      await this.#options.records.writeProject(record);
    } catch (error) {
      this.#options.log.error(
        { problem: String(error) },
        'stk.yaml was not recorded for a restart without git',
      );
    }
  }
}

function inForce({ pipeline: { warnings } }: Project): Claim {
  const message = 'stk.yaml of the observed revision is in force.';
  if (warnings.length === 0) return claim('ProjectValid', 'True', 'InForce', message);
  return claim(
    'ProjectValid',
    'True',
    'InForceWithWarnings',
    `${message} ${warnings.map((one) => formatProblems([one])).join('; ')}`,
  );
}

/** Records are only ever added: they need a separate branch. */
function refuseRecordsBranch(
  { pipeline }: Project,
  { ref, location }: Pick<ConfigRepo, 'ref' | 'location'>,
): StkError | undefined {
  const { branch } = pipeline.records;
  if (!pipeline.isUsed || ref !== `refs/heads/${branch}`) return undefined;
  const message = `stk.yaml: /records/branch: ${branch} is the branch of ${location} that this Hub follows; records need a separate branch.`;
  return new StkError('project-invalid', message, { hint: 'Name another one: records.branch: stk-records' });
}

type ReadProject =
  | { readonly kind: 'read'; readonly project: Project; readonly blob: string; readonly text: string }
  | {
      readonly kind: 'refused';
      readonly reason: 'ProjectMissing' | 'ProjectInvalid';
      readonly error: StkError;
    };

async function readProject(
  repo: ConfigRepo,
  revision: string,
  entry: TreeEntry | undefined,
): Promise<ReadProject> {
  if (entry === undefined || !isRegularFile(entry.mode)) {
    const message = `${revision} of ${repo.location} has no regular file stk.yaml.`;
    const hint = 'Make a config repo with stk init DIR, or name a branch with a stk.yaml with --ref.';
    return {
      kind: 'refused',
      reason: 'ProjectMissing',
      error: new StkError('not-a-config-repo', message, { hint }),
    };
  }
  try {
    const text = await repo.text(entry.id, maxProjectBytes);
    const parsed = parseProject(text, { file: 'stk.yaml', gateKinds });
    if (parsed.ok) return { kind: 'read', project: parsed.value, blob: entry.id, text };
    return refuseAs(
      new StkError('project-invalid', formatProblems(parsed.problems), { details: { revision } }),
    );
  } catch (thrown) {
    const error = asStkError(thrown);
    if (error.code === 'too-large' || error.code === 'malformed') return refuseAs(error);
    throw error;
  }
}

function refuseAs(error: StkError): ReadProject {
  return { kind: 'refused', reason: 'ProjectInvalid', error };
}
