// The stub over the router's own transport, from the built package: node stub-own.mjs PORT
import { createRequire } from 'node:module';
import { createConversation } from './ext-proc-stub.mjs';

const { createGrpcServer } = createRequire(import.meta.url)('../../build/transport/server.js');
const silent = () => {};
const server = createGrpcServer({
  port: Number(process.argv[2]),
  host: '127.0.0.1',
  log: { error: console.error, warn: console.error, info: silent, debug: silent, trace: silent },
  methods: {
    '/envoy.service.ext_proc.v3.ExternalProcessor/Process': (stream) => {
      const message = createConversation((...pieces) => stream.send(...pieces));
      return { message, ended: () => stream.finish(0), closed: silent };
    },
  },
});
await server.listen();
console.log('ready');
