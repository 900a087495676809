import { decodeHealthCheckRequest, encodeHealthCheckResponse, encodeHealthListResponse, servingStatus } from './health-codec';
import { type GrpcCall, type GrpcMethod, type GrpcMethods, type GrpcStream, grpcStatus } from './types';

/** Says how a service is; the empty name is the whole process. */
export type HealthState = (service: string) => 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

/** Answers the only message of a call as soon as the peer has sent it. */
function unary(answer: (request: Buffer, stream: GrpcStream) => void): GrpcMethod {
  return (stream): GrpcCall => {
    let request: Buffer | undefined;
    return {
      message(bytes) {
        if (request !== undefined) {
          stream.finish(grpcStatus.INTERNAL, 'a second request in a call that takes one');
        }
        request = bytes;
      },
      ended() {
        if (request === undefined) {
          stream.finish(grpcStatus.INTERNAL, 'no request');
        } else {
          answer(request, stream);
        }
      },
      closed() {},
    };
  };
}

/**
 * The gRPC health service. `Watch` is not implemented, as in llm-d-router v0.10.0; probes of Kubernetes and Envoy use `Check`.
 * @param state how each service is, asked for every call
 * @param services names that `List` tells of
 */
export function healthMethods(state: HealthState, services: readonly string[]): GrpcMethods {
  return {
    '/grpc.health.v1.Health/Check': unary((request, stream) => {
      const service = decodeHealthCheckRequest(request);
      if (service === undefined) {
        stream.finish(grpcStatus.INTERNAL, 'HealthCheckRequest cannot be read');
        return;
      }
      stream.send(encodeHealthCheckResponse(servingStatus[state(service)]));
      stream.finish(grpcStatus.OK);
    }),
    '/grpc.health.v1.Health/List': unary((_request, stream) => {
      stream.send(encodeHealthListResponse(new Map(services.map((service) => [service, servingStatus[state(service)]]))));
      stream.finish(grpcStatus.OK);
    }),
    '/grpc.health.v1.Health/Watch': unary((_request, stream) => stream.finish(grpcStatus.UNIMPLEMENTED, 'Watch is not implemented')),
  };
}
