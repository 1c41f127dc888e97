// The Hub's automatic acts: rollbacks of what it undid, canaries, bakes, promotions and proposals that stk.yaml
// requires. Opened together, because each may cause another.
import type { ConfigRepo } from '../git/config-repo.ts';
import type { Condition } from '../model/condition.ts';
import type { Project } from '../model/project.ts';
import { AutoDesk, type AutoDeskOptions } from './auto/auto-desk.ts';
import type { GovernedPath } from './admission/governed-path.ts';
import { BakeDesk, type BakeDeskOptions } from './bake/bake-desk.ts';
import { CanaryDesk, type CanaryDeskOptions } from './canary/canary-desk.ts';
import type { HubState } from './hub-state.ts';
import type { EnvironmentStatus } from './status/status.ts';
import { ProposalDesk, type ProposalDeskOptions } from './proposals/proposal-desk.ts';
import { HubRollback } from './undo/hub-rollback.ts';
import { TriggerDesk, type TriggerDeskOptions } from './triggers/trigger-desk.ts';
import type { UndoneMoves } from './undo/undone-moves.ts';

export interface ActingOptions
  extends
    Omit<CanaryDeskOptions, 'rollback'>,
    Omit<AutoDeskOptions, 'canaries' | 'hub'>,
    Omit<BakeDeskOptions, 'rollback' | 'hub'>,
    Omit<TriggerDeskOptions, 'rollback' | 'hub' | 'table' | 'bakes'>,
    Omit<ProposalDeskOptions, 'hub'> {
  readonly hub: Pick<
    HubState,
    'explain' | 'check' | 'smoke' | 'rollbackTarget' | 'status' | 'readRelease'
  > & {
    project(): Project;
  };
  readonly undone: UndoneMoves;
  /** `undefined` when git cannot be read now. */
  repo(): ConfigRepo | undefined;
}

export class Acting {
  readonly rollback: HubRollback;
  readonly canaries: CanaryDesk;
  readonly bakes: BakeDesk;
  readonly auto: AutoDesk;
  readonly triggers: TriggerDesk;
  readonly #proposals: ProposalDesk;
  readonly #governed: GovernedPath;

  constructor(options: ActingOptions) {
    const { hub, governed } = options;
    this.#governed = governed;
    this.rollback = new HubRollback({
      ...options,
      project: () => hub.project(),
      tell: (move) => governed.tellUndone(move),
    });
    const onTold = (): void => {
      options.onTold();
      this.auto.look();
    };
    this.canaries = new CanaryDesk({ ...options, rollback: this.rollback, onTold });
    this.bakes = new BakeDesk({ ...options, rollback: this.rollback });
    this.auto = new AutoDesk({ ...options, canaries: this.canaries });
    this.triggers = new TriggerDesk({ ...options, rollback: this.rollback, bakes: this.bakes });
    this.#proposals = new ProposalDesk(options);
  }

  /** For an environment: what is in progress or blocked. */
  conditionsOf(environment: string): readonly Condition[] {
    const { rollback, bakes, triggers } = this;
    return [rollback, bakes, triggers, this.#proposals].flatMap((one) => one.conditionsOf(environment));
  }

  /** The same, beside conditions. */
  shownOf(environment: string): Pick<EnvironmentStatus, 'leads' | 'triggers'> {
    const leads = this.#governed.leads(environment);
    const triggers = this.triggers.triggersOf(environment);
    return { ...(leads === undefined ? {} : { leads }), ...(triggers === undefined ? {} : { triggers }) };
  }

  /** Git, or what is served, may have changed. Does not wait for the consequences. */
  observe(): void {
    this.canaries.observe();
    this.bakes.observe();
    this.auto.look();
    this.triggers.observe();
    this.#proposals.look();
  }

  /** Resolves when no check runs. */
  async settled(): Promise<void> {
    await this.canaries.settled();
    await this.auto.settled();
    await this.#proposals.settled();
  }

  async close(): Promise<void> {
    await this.#proposals.close();
    await this.auto.close();
    await this.bakes.close();
    await this.triggers.close();
    await this.canaries.close();
    await this.rollback.close();
  }
}
