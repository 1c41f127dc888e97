// The one place of the command line that reads process.env; everything else is handed the result.

export interface CliEnvironment {
  /** STK_HUB: where the Hub is. */
  readonly hub: string | undefined;
  /** STK_TOKEN: bearer token, sent only to a Hub that the operator names. */
  readonly token: string | undefined;
  /** NO_COLOR is set and not empty, or TERM is dumb. */
  readonly noColor: boolean;
  /** Every variable: what git and secrets (`urlFrom`) are looked up in. */
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
