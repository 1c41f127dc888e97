// Signs a commit with the Hub's own SSH key from a file, without the user's git configuration or agent.
import { StkError } from '../../kernel/errors.ts';
import { runTool, toolEnvironment } from './run-tool.ts';

/** Returns an armoured signature of a commit object. */
export type Sign = (payload: Buffer) => Promise<string>;

export function createSigner(keyFile: string, environment: Readonly<Record<string, string>>): Sign {
  return async (payload) => {
    const output = await runTool({
      program: 'ssh-keygen',
      args: ['-Y', 'sign', '-n', 'git', '-f', keyFile],
      // No agent, and nobody who could enter a passphrase.
      environment: { ...toolEnvironment(environment), SSH_ASKPASS: 'false', SSH_ASKPASS_REQUIRE: 'force' },
      input: payload,
    });
    if (output.exitCode === 0 && output.stdout.startsWith('-----BEGIN SSH SIGNATURE-----'))
      return output.stdout;
    throw new StkError('signing-failed', `${keyFile} cannot sign: ${output.stderr.trim().slice(0, 500)}`, {
      hint: 'STK_SIGNING_KEY must name a file with a private SSH key without a passphrase, readable only by the Hub.',
    });
  };
}
