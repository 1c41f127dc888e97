// Floor: a primary-key read as one writes it by hand with Express and pg: express.json, one named query, res.json.
import { createServer } from 'node:http';
import express from 'express';
import { Pool } from 'pg';
import { serve } from './serve.ts';

interface Call {
  readonly input: { readonly id: unknown };
}

const pool = new Pool({ connectionString: process.argv[2], max: 10 });
const query = process.argv[3] ?? '';

const app = express();
app.use(express.json());
app.post('/call', (request, answer, next) => {
  const { input }: Call = request.body;
  if (!Number.isInteger(input.id)) {
    answer.status(400).json({ error: 'id must be an integer' });
    return;
  }
  pool.query({ name: 'get', text: query, values: [input.id] }).then(({ rows }) => {
    if (rows[0] === undefined) answer.status(404).json({ error: 'no row' });
    else answer.json({ result: rows[0] as unknown });
  }, next);
});

serve(createServer(app));
