// Model servers that only answer /metrics, in a process of their own: `node scrape-server.mjs <page> <framing>`. All loopback addresses
// reach the one listening port, so 127.0.0.1, 127.0.0.2, ... are endpoints of their own. Prints the port.
import { createServer } from 'node:net';
import pages from './vllm-page.cjs';

const { smallPage, vllmPage } = pages;

const [size, framing] = process.argv.slice(2);
const page = Buffer.from(size === 'large' ? vllmPage() : smallPage());
const head =
  'HTTP/1.1 200 OK\r\ndate: Sat, 21 Nov 2026 13:00:00 GMT\r\nserver: uvicorn\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n';
const whole = Buffer.concat([Buffer.from(`${head}content-length: ${page.length}\r\n\r\n`), page]);
// As uvicorn sends an answer of unknown length: head, one chunk, end.
const pieces = [
  Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n`),
  Buffer.concat([Buffer.from(`${page.length.toString(16)}\r\n`), page, Buffer.from('\r\n')]),
  Buffer.from('0\r\n\r\n'),
];

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', () => {
    if (framing === 'chunked') for (const piece of pieces) socket.write(piece);
    else socket.write(whole);
  });
});
server.listen(0, '0.0.0.0', 4096, () => console.log(JSON.stringify({ port: server.address().port, bytes: page.length })));
