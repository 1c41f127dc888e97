// The notification settings in stk.yaml: who is notified of what. Values only.

/** The subjects of messages. A new word is a line here and, if an event announces it, one in notify/word-of-event.ts. */
export const notifyWords = [
  'activated',
  'refused',
  'rolled-back',
  'waiting',
  'frozen',
  'incident',
  'unhealthy',
  'healthy',
  'canary-started',
  'canary-paused',
  'canary-resumed',
  'canary-passed',
  'canary-aborted',
  'canary-undecided',
  'canary-no-data',
  'canary-no-data-long',
  'canary-alert',
  'bake-passed',
  'bake-breached',
  'trigger-fired',
  'trigger-ended',
  'trigger-error',
  'drill',
  'drill-due',
] as const;
export type NotifyWord = (typeof notifyWords)[number];

export const notifyForms = ['slack', 'cloudevents'] as const;
export type NotifyForm = (typeof notifyForms)[number];

/** One entry of `notify`. */
export interface NotifySetting {
  /** Name of the environment variable that holds the URL. */
  readonly urlFrom: string;
  readonly as: NotifyForm;
  readonly on: readonly NotifyWord[];
  /** `undefined` for every environment. */
  readonly environments: readonly string[] | undefined;
}
