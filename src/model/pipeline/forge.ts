// The settings of the config repo's forge: where its pull requests and commit statuses are made. Values only.

export const forgeKinds = ['github', 'gitlab'] as const;
export type ForgeKind = (typeof forgeKinds)[number];

export interface ForgeSettings {
  readonly kind: ForgeKind;
  /** URL of its API, without a slash at the end: https://api.github.com, https://gitlab.com/api/v4. */
  readonly url: string;
  /** Path of the config repo on the forge: org/shop. */
  readonly project: string;
  /** Name of the environment variable that holds the token. */
  readonly tokenFrom: string;
}
