// The stub over @grpc/grpc-js: node stub-grpc-js.mjs PORT
import grpc from '@grpc/grpc-js';
import { createConversation } from './ext-proc-stub.mjs';

const asIs = (bytes) => bytes;
const path = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';
const method = { path, requestStream: true, responseStream: true, requestDeserialize: asIs, responseSerialize: asIs };
const server = new grpc.Server();
server.addService(
  { Process: method },
  {
    Process: (call) => {
      call.on(
        'data',
        createConversation((...pieces) => call.write(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces))),
      );
      call.on('end', () => call.end());
      call.on('error', () => {});
    },
  },
);
server.bindAsync(`127.0.0.1:${process.argv[2]}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error !== null) {
    throw error;
  }
  console.log('ready');
});
