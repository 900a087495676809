import type { Candidates } from '../../plugin/candidates';
import type { Endpoint } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { InferenceRequest, InferenceResponse } from '../../plugin/request';
import { pickedBy, type SessionStrategy } from './strategy';

/** Standard base64 with its padding. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The client carries the id of its endpoint, in base64, from one answer to the next request. The router remembers nothing. */
export class EncodedEndpointStrategy implements SessionStrategy {
  constructor(
    private readonly endpoints: EndpointTable,
    private readonly header: string,
    private readonly profile: string,
  ) {}

  choose(request: InferenceRequest, candidates: Candidates): number {
    const token = request.headers.get(this.header);
    if (token === undefined || !BASE64.test(token)) return -1;
    const slot = this.endpoints.get(Buffer.from(token, 'base64').toString())?.slot;
    return slot !== undefined && candidates.includes(slot) ? slot : -1;
  }

  decided(): void {}

  answer(request: InferenceRequest, response: InferenceResponse, target: Endpoint | undefined): void {
    const pinned = this.profile === '' ? target : pickedBy(this.profile, request.result);
    if (pinned !== undefined) response.headers.set(this.header, Buffer.from(pinned.id).toString('base64'));
  }
}
