// A freeze, `freezes/<name>.yaml`, and a veto, `vetoes/<release>.yaml`, as values. Both report a broken file: a broken
// freeze freezes everything, and a broken veto vetoes.

export interface Freeze {
  /** The name of its file: freezes/<name>.yaml. */
  readonly name: string;
  /** `undefined` for all environments. */
  readonly environments: readonly string[] | undefined;
  readonly reason: string;
  /** Milliseconds since 1970; `undefined` when it has no begin. */
  readonly from: number | undefined;
  /** The first moment after its end; `undefined` when it has no end. */
  readonly until: number | undefined;
  /** Hotfixes pass it. */
  readonly allowsHotfix: boolean;
  /** The problem of the file; `undefined` when it is valid. */
  readonly broken: string | undefined;
}

export interface Veto {
  readonly release: string;
  readonly reason: string;
  readonly broken: string | undefined;
}

export const freezeFolder = 'freezes';
export const vetoFolder = 'vetoes';
/** Every reason of a move that a freeze stops begins with this. */
export const frozenBy = 'Frozen by ';
export const maxStopBytes = 64 * 1024;

export function freezePath(name: string): string {
  return `${freezeFolder}/${name}.yaml`;
}

export function vetoPath(release: string): string {
  return `${vetoFolder}/${release}.yaml`;
}
