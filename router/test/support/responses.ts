import type { InferenceResponse } from '../../src/plugin';
import { TestHeaders } from './context';

/** An answer of status 200 without usage; `given` replaces parts of it. */
export function response(given: Partial<InferenceResponse> = {}): InferenceResponse {
  return {
    headers: new TestHeaders(),
    status: 200,
    streaming: false,
    firstByteAt: Number.NaN,
    usage: undefined,
    metadata: new Map(),
    ...given,
  };
}
