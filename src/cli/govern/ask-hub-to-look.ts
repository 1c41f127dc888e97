// Asks the Hub to check git now. The commit counts without it: an unreachable Hub checks git later.
import { asStkError } from '../../kernel/errors.ts';
import type { CommandContext } from '../context.ts';
import { plainLine } from '../print/plain-text.ts';

export async function askHubToLook({ hub, project, output }: CommandContext): Promise<void> {
  try {
    await hub.sync(project);
  } catch (error) {
    const { message } = asStkError(error);
    output.narrate(
      `note: the Hub could not be notified, and will find the commit later: ${plainLine(message)}`,
    );
  }
}
