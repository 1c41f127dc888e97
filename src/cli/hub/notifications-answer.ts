// The Hub's answer about notifications that were not acknowledged.
import { fields, list, optionalText, text } from './answer-fields.ts';

export interface NotificationAnswer {
  readonly id: string;
  readonly word: string;
  readonly environment: string;
  readonly release: string;
  readonly urlFrom: string;
  readonly as: string;
  readonly since: string;
  readonly attempts: number;
  readonly problem: string | null;
}

export interface NotificationsAnswer {
  readonly waiting: readonly NotificationAnswer[];
  readonly dead: readonly NotificationAnswer[];
}

export function readNotifications(body: unknown): NotificationsAnswer {
  const answer = fields(body);
  return { waiting: list(answer['waiting']).map(readOne), dead: list(answer['dead']).map(readOne) };
}

export function readRetried(body: unknown): readonly NotificationAnswer[] {
  return list(fields(body)['retried']).map(readOne);
}

function readOne(value: unknown): NotificationAnswer {
  const one = fields(value);
  return {
    id: text(one['id']),
    word: text(one['word']),
    environment: text(one['environment']),
    release: text(one['release']),
    urlFrom: text(one['urlFrom']),
    as: text(one['as']),
    since: text(one['since']),
    attempts: Number(one['attempts']),
    problem: optionalText(one['problem']) ?? null,
  };
}
