// Sends bytes to a server as they are, for requests that no HTTP client would make.
import { connect } from 'node:net';

/** Gives what comes back until the server ends the connection. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}

/** The same for a client that reads nothing until it has sent all; rejects when the line breaks before. */
export function sendRawThenRead(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes, () => socket.on('data', (chunk: Buffer) => (received += chunk.toString())));
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}
