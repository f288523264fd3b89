// Prints so many ports that are free now, held together so that they differ.

import { createServer } from 'node:net';

const held = await Promise.all(
  Array.from({ length: Number(process.argv[2]) }, () => new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  })),
);
console.log(held.map((server) => server.address().port).join(' '));
held.forEach((server) => server.close());
