// Floor: a bare node:http handler that reads and parses the body and sends one JSON text.
import { createServer } from 'node:http';
import { serve } from './serve.ts';

const text = process.argv[2] ?? '{}';

serve(
  createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString('utf8'));
      answer.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
      });
      answer.end(text);
    });
  }),
);
