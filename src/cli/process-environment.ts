// The only place in the command line that reads process.env; everything else gets the result.

export interface CliEnvironment {
  /** STK_HUB: where the Hub is. */
  readonly hub: string | undefined;
  /** STK_TOKEN: bearer token, only sent to a Hub that the operator names. */
  readonly token: string | undefined;
  /** NO_COLOR is set and not empty, or TERM is dumb. */
  readonly noColor: boolean;
  /** Every variable, for git and for secrets (`urlFrom`). */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export function readProcessEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): CliEnvironment {
  return {
    hub: nonEmpty(variables['STK_HUB']),
    token: nonEmpty(variables['STK_TOKEN']),
    noColor: nonEmpty(variables['NO_COLOR']) !== undefined || variables['TERM'] === 'dumb',
    variables,
  };
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
