// A pointer: `environments/<env>.yaml`, names the release that the environment should serve, and has the options of
// this move.

export interface Pointer {
  readonly release: string;
  /** No automatic forward moves here. */
  readonly hold?: Hold | undefined;
  /** This move is a hotfix. */
  readonly hotfix?: Hotfix | undefined;
  /** This move passes these freezes, if its author may override them. */
  readonly override?: Override | undefined;
}

export interface Hold {
  readonly reason: string;
}

export interface Hotfix {
  readonly reason: string;
  /** Mail addresses of the requested approvers. */
  readonly approvers: readonly string[];
}

export interface Override {
  /** Names of freezes. */
  readonly freezes: readonly string[];
  readonly reason: string;
}

export const maxPointerBytes = 64 * 1024;
