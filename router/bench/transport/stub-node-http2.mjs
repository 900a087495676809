// The stub over node:http2 with gRPC's framing by hand, the least code that could serve it: node stub-node-http2.mjs PORT
import { createServer } from 'node:http2';
import { createConversation } from './ext-proc-stub.mjs';

const PREFIX_BYTES = 5;

function onStream(stream) {
  let headersSent = false;
  const receive = createConversation((...pieces) => {
    if (!headersSent) {
      headersSent = true;
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    }
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(length, 1);
    stream.write(Buffer.concat([prefix, ...pieces]));
  });
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= PREFIX_BYTES && rest.length >= PREFIX_BYTES + rest.readUInt32BE(1)) {
      const end = PREFIX_BYTES + rest.readUInt32BE(1);
      receive(rest.subarray(PREFIX_BYTES, end));
      rest = rest.subarray(end);
    }
  });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.on('end', () => stream.end());
  stream.on('error', () => {});
}

const server = createServer({ settings: { initialWindowSize: 1024 * 1024, maxConcurrentStreams: 4096 } });
server.on('session', (session) => session.setLocalWindowSize(8 * 1024 * 1024));
server.on('stream', onStream);
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
