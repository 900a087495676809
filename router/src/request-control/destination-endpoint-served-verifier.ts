import type { ResponseHeaderProcessor } from '../plugin/plugins';
import type { InferenceRequest, InferenceResponse } from '../plugin/request';

/** Source: llm-d-router v0.10.0, `requestcontrol/test`. */
const RESULT_HEADER = 'x-conformance-test-served-endpoint';
const NOT_TOLD = 'fail: missing destination endpoint served metadata';

/** `destination-endpoint-served-verifier`: tells the client which endpoint the proxy says has served it. For conformance tests only. */
export class DestinationEndpointServedVerifier implements ResponseHeaderProcessor {
  responseHeader(_request: InferenceRequest, response: InferenceResponse): void {
    response.headers.set(RESULT_HEADER, response.served ?? NOT_TOLD);
  }
}
