// A freeze, `freezes/<name>.yaml`, and a veto, `vetoes/<release>.yaml`, as values. Both say which file is broken: a broken
// freeze file freezes everything, and a broken veto file vetoes.

export interface Freeze {
  /** Of the file: freezes/<name>.yaml. */
  readonly name: string;
  /** `undefined` means all of them. */
  readonly environments: readonly string[] | undefined;
  readonly reason: string;
  /** Milliseconds since 1970; `undefined` means from ever. */
  readonly from: number | undefined;
  /** The first moment at which it no longer holds; `undefined` means for ever. */
  readonly until: number | undefined;
  /** Hotfixes pass it. */
  readonly allowsHotfix: boolean;
  /** What is wrong with the file; `undefined` when there is none. */
  readonly broken: string | undefined;
}

export interface Veto {
  readonly release: string;
  readonly reason: string;
  readonly broken: string | undefined;
}

export const freezeFolder = 'freezes';
export const vetoFolder = 'vetoes';
/** How the reason of a move that a freeze stops begins. */
export const frozenBy = 'Frozen by ';
export const maxStopBytes = 64 * 1024;

export function freezePath(name: string): string {
  return `${freezeFolder}/${name}.yaml`;
}

export function vetoPath(release: string): string {
  return `${vetoFolder}/${release}.yaml`;
}
