// A TCP proxy in front of a database that holds back what passes, in each direction and in order: distance on one machine.
import { connect, createServer, type Socket } from 'node:net';

const target = { host: '127.0.0.1', port: Number(process.argv[2]) };
const delayMs = Number(process.argv[3]);

function pass(from: Socket, to: Socket): void {
  from.on('data', (chunk: Buffer) => {
    setTimeout(() => to.write(chunk), delayMs);
  });
  from.on('close', () => setTimeout(() => to.destroy(), delayMs));
  from.on('error', () => to.destroy());
}

const server = createServer({ noDelay: true }, (client) => {
  const database = connect({ ...target, noDelay: true });
  pass(client, database);
  pass(database, client);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  process.send?.({ port: address.port });
});
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(0));
