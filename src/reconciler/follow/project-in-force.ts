// The stk.yaml in force: the last one that parses and may be served. A bad one is told and changes nothing.
import type { ConfigRepo, TreeEntry } from '../../git/config-repo.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import { gateKinds } from '../../gates/gate-kinds.ts';
import { maxProjectBytes, parseProject } from '../../documents/parse-project.ts';
import { formatProblems } from '../../model/problem.ts';
import type { Project } from '../../model/project.ts';
import { claim, type Claim } from '../status/compute-conditions.ts';
import type { LastKnownGoodStore } from '../state/last-known-good.ts';
import type { Log } from '../log.ts';
import { isRegularFile } from '../stages/read-pointer.ts';

export interface ProjectInForceOptions {
  readonly records: LastKnownGoodStore;
  readonly log: Log;
  /** Why this project may not be served (a listener that it would leave open, say). */
  readonly refuse: (project: Project) => StkError | undefined;
}

export class ProjectInForce {
  readonly #options: ProjectInForceOptions;
  #seen: string | undefined;
  #project: Project | undefined;
  #claim: Claim = claim('ProjectValid', 'Unknown', 'NotRead', 'stk.yaml has not been read yet.');
  #failure: StkError | undefined;

  constructor(options: ProjectInForceOptions) {
    this.#options = options;
  }

  /** Undefined before any was good. */
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

  /** Reads stk.yaml of `revision` if it is another one; tells whether another project is in force now. Throws what git throws. */
  async update(repo: ConfigRepo, revision: string, entry: TreeEntry | undefined): Promise<boolean> {
    const seen = `${entry?.mode} ${entry?.id}`;
    if (seen === this.#seen) return false;
    const read = await readProject(repo, revision, entry);
    this.#seen = seen;
    if (read.kind === 'refused') {
      this.#reject(read.reason, read.error, revision);
      return false;
    }
    const insecure = this.#options.refuse(read.project);
    if (insecure !== undefined) {
      this.#reject('InsecureProject', insecure, revision);
      return false;
    }
    this.#project = read.project;
    this.#failure = undefined;
    this.#claim = claim('ProjectValid', 'True', 'InForce', 'stk.yaml of the observed revision is in force.');
    await this.#record({ blob: read.blob, revision, text: read.text });
    return true;
  }

  /** With git unreadable, or nothing good in it yet: the one that was in force before the restart. */
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
      log.warn({ problem }, 'the last project on disk is not taken over');
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
    this.#options.log.warn({ revision, reason, problem: error.message }, 'stk.yaml is not taken over');
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
    const hint = 'Make a config repo with stk init DIR, or name the branch that holds one with --ref.';
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
