// Floor: a primary-key read as one writes it by hand with node:http and pg: one named (so prepared) query, ten sessions.
import { createServer } from 'node:http';
import { Pool } from 'pg';
import { serve } from './serve.ts';

interface Call {
  readonly input: { readonly id: unknown };
}

const pool = new Pool({ connectionString: process.argv[2], max: 10 });
const query = process.argv[3] ?? '';

serve(
  createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    const send = (status: number, text: string): void => {
      answer.writeHead(status, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
      });
      answer.end(text);
    };
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { input }: Call = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      if (!Number.isInteger(input.id)) {
        send(400, '{"error":"id must be an integer"}');
        return;
      }
      pool.query({ name: 'get', text: query, values: [input.id] }).then(
        ({ rows }) => {
          if (rows[0] === undefined) send(404, '{"error":"no row"}');
          else send(200, JSON.stringify({ result: rows[0] as unknown }));
        },
        (error: unknown) => send(500, JSON.stringify({ error: String(error) })),
      );
    });
  }),
);
