/** Answer of the health service. Source: grpc.health.v1. */
export const servingStatus = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;

/** Number of a health answer. */
export type ServingStatus = (typeof servingStatus)[keyof typeof servingStatus];

const SERVICE_FIELD = 1;
const LENGTH_DELIMITED = 2;

/** Bytes of the fixed wire types; the others carry their length or end with their last byte. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

function readVarint(bytes: Buffer, at: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let factor = 1, next = at; next < bytes.length && next - at < 10; factor *= 128, next++) {
    const byte = bytes[next]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) {
      return { value, next: next + 1 };
    }
  }
  return undefined;
}

/** The service that a HealthCheckRequest asks for, undefined when the message is broken. Unknown fields are passed over. */
export function decodeHealthCheckRequest(bytes: Buffer): string | undefined {
  let service = '';
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    if (tag === undefined) {
      return undefined;
    }
    const wireType = tag.value % 8;
    const length = FIXED_BYTES[wireType];
    const value = length === undefined ? readVarint(bytes, tag.next) : { value: length, next: tag.next };
    if (value === undefined || (wireType > LENGTH_DELIMITED && length === undefined)) {
      return undefined;
    }
    const end = wireType === 0 ? value.next : value.next + value.value;
    if (end > bytes.length) {
      return undefined;
    }
    if (Math.floor(tag.value / 8) === SERVICE_FIELD && wireType === LENGTH_DELIMITED) {
      service = bytes.toString('utf8', value.next, end);
    }
    at = end;
  }
  return service;
}

/** A HealthCheckResponse. */
export function encodeHealthCheckResponse(status: ServingStatus): Buffer {
  return Buffer.from(status === servingStatus.UNKNOWN ? [] : [0x08, status]);
}

function delimited(field: number, bytes: Buffer): Buffer {
  const head = [field * 8 + LENGTH_DELIMITED];
  let length = bytes.length;
  for (; length >= 0x80; length = Math.floor(length / 128)) {
    head.push((length % 128) | 0x80);
  }
  return Buffer.concat([Buffer.from([...head, length]), bytes]);
}

/** A HealthListResponse: statuses by service. */
export function encodeHealthListResponse(statuses: ReadonlyMap<string, ServingStatus>): Buffer {
  const entries = [...statuses].map(([service, status]) => {
    const entry = [delimited(1, Buffer.from(service)), delimited(2, encodeHealthCheckResponse(status))];
    return delimited(1, Buffer.concat(entry));
  });
  return Buffer.concat(entries);
}
