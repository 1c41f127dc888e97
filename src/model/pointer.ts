// A pointer: `environments/<env>.yaml`, names the release that the environment should serve, and what goes with this move.

export interface Pointer {
  readonly release: string;
  /** Automation makes no forward move here. */
  readonly hold?: Hold | undefined;
  /** This move is a hotfix. */
  readonly hotfix?: Hotfix | undefined;
  /** This move passes these freezes, if its author may. */
  readonly override?: Override | undefined;
}

export interface Hold {
  readonly reason: string;
}

export interface Hotfix {
  readonly reason: string;
  /** Mails of the people who are asked to approve. */
  readonly approvers: readonly string[];
}

export interface Override {
  /** Names of freezes. */
  readonly freezes: readonly string[];
  readonly reason: string;
}

export const maxPointerBytes = 64 * 1024;
