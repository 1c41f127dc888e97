// The part of stk.yaml's schema for automatic promotion.
import type { DocumentSchema } from './document-schema.ts';

/** Under the key `auto` of an environment. */
export const autoSchema: DocumentSchema = {
  type: 'object',
  description: 'what the Hub promotes automatically: { when: gates } or { when: schedule, schedule: hourly }',
  properties: {
    when: {
      type: 'string',
      enum: ['gates', 'schedule'],
      description: 'gates: as soon as the gates pass; schedule: at the moments of a schedule',
    },
    schedule: {
      type: ['string', 'object'],
      pattern: '^hourly$',
      description: 'hourly, or { cron: "0 * * * *", timeZone: Europe/Berlin }',
      properties: {
        cron: { type: 'string', minLength: 1, maxLength: 128, description: 'five fields of cron' },
        timeZone: {
          type: 'string',
          maxLength: 64,
          default: 'UTC',
          description: 'a time zone such as Europe/Berlin',
        },
      },
      required: ['cron'],
      additionalProperties: false,
    },
    choose: {
      type: ['string', 'object'],
      pattern: '^(served|newest)$',
      default: 'served',
      description: 'served, newest or { semver: ^1.4 }',
      properties: {
        semver: { type: 'string', minLength: 1, maxLength: 128, description: 'a range such as ^1.4' },
      },
      required: ['semver'],
      additionalProperties: false,
    },
  },
  required: ['when'],
  additionalProperties: false,
};
