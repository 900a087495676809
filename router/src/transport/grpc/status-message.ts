const encoder = new TextEncoder();

/** Codes as gRPC wants `grpc-message`: printable ASCII as it is, all else (and %) as %XX of its UTF-8 bytes. */
export function encodeStatusMessage(message: string): string {
  if (/^[ -$&-~]*$/.test(message)) {
    return message;
  }
  let coded = '';
  for (const byte of encoder.encode(message)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    coded += plain ? String.fromCharCode(byte) : '%' + byte.toString(16).toUpperCase().padStart(2, '0');
  }
  return coded;
}
