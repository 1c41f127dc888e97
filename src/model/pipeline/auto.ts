// The settings for automatic promotions by the Hub: when, and which release.

export interface AutoSettings {
  /** `undefined` means as soon as the gates pass. */
  readonly schedule: AutoSchedule | undefined;
  readonly choose: AutoChoice;
}

export interface AutoSchedule {
  /** Five fields. */
  readonly cron: string;
  readonly timeZone: string;
  readonly starts: Starts;
}

/** The moments of a schedule. */
export interface Starts {
  /** The first moment after `at`, in milliseconds since 1970; `undefined` when none exists. */
  next(at: number): number | undefined;
}

export type AutoChoice =
  /** The release that an environment of `from` serves. */
  | { readonly kind: 'served' }
  /** The newest release that passes. */
  | { readonly kind: 'newest' }
  /** The highest version of a range that passes. */
  | { readonly kind: 'semver'; readonly range: string; readonly versions: VersionRange };

export interface VersionRange {
  includes(release: string): boolean;
  /** As a sort compares: negative when `a` is the lower version. `undefined` when one of them is not a version. */
  compare(a: string, b: string): number | undefined;
}
