// `stk status --watch`: the table, redrawn whenever a Hub reports a change. Without a terminal, one line for each
// change.
import type { StkError } from '../../kernel/errors.ts';
import type { CommandContext } from '../context.ts';
import { followHub } from '../hub/follow-hub.ts';
import { readEnvironment, type EnvironmentAnswer } from '../hub/hub-answers.ts';
import type { HubClient } from '../hub/hub-client.ts';
import type { HubMessage } from '../hub/event-stream.ts';
import type { Survey } from '../hub/survey-environments.ts';
import { plainLine } from '../print/plain-text.ts';
import { formatSurvey, lookAt, statusRow, type StatusOptions } from './status.ts';

/** Milliseconds after which the ages in the table are redrawn. */
const redrawAfter = 5_000;

/** Runs until the operator ends it; returns the exit code. */
export async function watchStatus(
  context: CommandContext,
  { env }: Pick<StatusOptions, 'env'>,
): Promise<number> {
  const { hub, identity, output, services } = context;
  const first = await lookAt(context, env);
  const { clock, interrupted } = services;
  const ended = new AbortController();
  const signal = AbortSignal.any([interrupted, ended.signal]);
  let survey = first;
  const lost = new Map<HubClient, string>();
  const draw = (): void => {
    if (!output.isLive) return;
    const lines = [...lost.values()].map((message) => output.onStdout('yellow', message));
    output.redraw([formatSurvey(survey, context), ...lines].join('\n\n'));
  };
  const print = (environment: EnvironmentAnswer): void => {
    if (output.json) output.line(JSON.stringify(environment));
    else if (!output.isLive) output.line(statusRow(environment, clock.now()).map(plainLine).join('  '));
  };
  const follow = (one: HubClient, names: ReadonlySet<string> | undefined): Promise<void> =>
    followHub({
      hub: one,
      environment: env,
      clock,
      signal,
      onMessage(message) {
        const isBack = lost.delete(one);
        const environment = statusOf(message);
        if (environment !== undefined && (names === undefined || names.has(environment.environment))) {
          const isNews = JSON.stringify(find(survey, environment)) !== JSON.stringify(environment);
          survey = replace(survey, environment);
          if (isNews) print(environment);
          if (isNews || isBack) draw();
        } else if (isBack) draw();
      },
      onLost(error) {
        const message = tellLoss(error);
        lost.set(one, message);
        if (!output.isLive) output.narrate(message);
        draw();
      },
    });
  for (const environment of first.environments) print(environment);
  draw();
  const listed = env === undefined ? identity.environments : [env];
  const hubs = [...new Set(listed.map((name) => hub.of(name)))];
  const namesOf = (one: HubClient): Set<string> => new Set(listed.filter((name) => hub.of(name) === one));
  // An environment that was removed from stk.yaml is still served; with several Hubs, each reports its own.
  const [only = hub] = hubs;
  const streams = hubs.length < 2 ? [follow(only, undefined)] : hubs.map((one) => follow(one, namesOf(one)));
  const redraw = async (): Promise<void> => {
    for (; !signal.aborted; draw()) await clock.sleep(redrawAfter, signal);
  };
  try {
    await Promise.race([Promise.all(streams), ...(output.isLive ? [redraw()] : [])]);
  } finally {
    ended.abort();
    await Promise.allSettled(streams);
  }
  return 0;
}

function tellLoss({ message, hint }: StkError): string {
  return plainLine(`${message}; trying again.${hint === undefined ? '' : ` ${hint}`}`);
}

function statusOf({ event, data }: HubMessage): EnvironmentAnswer | undefined {
  return event === 'status' ? readEnvironment(data) : undefined;
}

function find({ environments }: Survey, { environment }: EnvironmentAnswer): EnvironmentAnswer | undefined {
  return environments.find((one) => one.environment === environment);
}

function replace({ environments, missing }: Survey, told: EnvironmentAnswer): Survey {
  const isKnown = environments.some(({ environment }) => environment === told.environment);
  return {
    environments: isKnown
      ? environments.map((one) => (one.environment === told.environment ? told : one))
      : [...environments, told],
    missing: missing.filter(({ environment }) => environment !== told.environment),
  };
}
