// `stk db url`: how to connect to an embedded environment's database. It never shows a server's address.
import { StkError } from '../../../kernel/errors.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { findEmbedded, type DatabaseOptions } from '../../repo/find-embedded.ts';

export async function showDatabaseUrl(context: CommandContext, options: DatabaseOptions): Promise<number> {
  requireEnvironment(context.identity, options.env);
  const environment = context.identity.of.get(options.env) ?? options.env;
  const variable = context.identity.urlFrom.get(environment);
  if (variable !== undefined) {
    const isSet = context.services.environment.variables[variable] !== undefined;
    throw new StkError(
      'usage',
      `${environment} is on a database server; its address is in the variable ${variable}`,
      {
        hint: isSet
          ? `psql "$${variable}"`
          : `${variable} is not set here; set it to the Hub's value, then: psql "$${variable}"`,
        details: { environment, urlFrom: variable },
      },
    );
  }
  const { address } = await findEmbedded(context, { ...options, env: environment });
  const { url, command } = address;
  context.output.result({ environment, url, command }, url);
  context.output.narrate(`connect with: ${command}`);
  return 0;
}
