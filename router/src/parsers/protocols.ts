/** HTTP/2 without TLS, the protocol of gRPC servers. Source: Gateway API Inference Extension v1, `appProtocol`. */
export const H2C_ONLY: readonly string[] = ['kubernetes.io/h2c'];

/** Protocols of servers with a JSON API. */
export const HTTP_AND_H2C: readonly string[] = [...H2C_ONLY, 'http'];
