// A message in a target's format: Slack's, or a CloudEvent (1.0, structured mode).
import type { NotifyForm } from '../model/pipeline/notify.ts';
import type { Message } from './message.ts';

export interface FormattedMessage {
  readonly contentType: string;
  readonly body: string;
}

/** Characters of a text that Slack shows in full. */
const longestText = 3_000;

export function formatMessage(message: Message, as: NotifyForm, project: string): FormattedMessage {
  const body = as === 'slack' ? asSlack(message) : asCloudEvent(message, project);
  const contentType = as === 'slack' ? 'application/json' : 'application/cloudevents+json';
  return { contentType: `${contentType}; charset=utf-8`, body: JSON.stringify(body) };
}

function asSlack({ sentence }: Message): Readonly<Record<string, unknown>> {
  const text = sentence.length > longestText ? `${sentence.slice(0, longestText)}…` : sentence;
  // Characters that Slack would read as a link or a mention.
  return { text: text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') };
}

function asCloudEvent(
  { id, word, environment, release, at, data }: Message,
  project: string,
): Readonly<Record<string, unknown>> {
  return {
    specversion: '1.0',
    id,
    source: `/api/v1/projects/${project}/environments/${environment}`,
    type: `dev.stk.${word}`,
    subject: release,
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    data,
  };
}
