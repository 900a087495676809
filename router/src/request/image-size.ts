/** Pixels of an image. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Characters of base64 that are decoded at first, and at most: JPEG metadata may stand before the size. */
const FIRST_LOOK = 1024;
const LAST_LOOK = 1 << 20;

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const known = (width: number, height: number): ImageSize | undefined => (width > 0 && height > 0 ? { width, height } : undefined);

const startsWith = (bytes: Buffer, text: string, at = 0): boolean => bytes.toString('latin1', at, at + text.length) === text;

function png(bytes: Buffer): ImageSize | undefined {
  return bytes.length >= 24 && startsWith(bytes, 'IHDR', 12) ? known(bytes.readUInt32BE(16), bytes.readUInt32BE(20)) : undefined;
}

function gif(bytes: Buffer): ImageSize | undefined {
  return bytes.length >= 10 ? known(bytes.readUInt16LE(6), bytes.readUInt16LE(8)) : undefined;
}

function webp(bytes: Buffer): ImageSize | undefined {
  if (bytes.length < 30) return undefined;
  if (startsWith(bytes, 'VP8X', 12)) return known(bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1);
  if (startsWith(bytes, 'VP8L', 12)) {
    const bits = bytes.readUInt32LE(21);
    return known((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
  }
  if (startsWith(bytes, 'VP8 ', 12)) return known(bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff);
  return undefined;
}

/** Start-of-frame markers: 0xc0 to 0xcf but for tables (c4, cc) and the reserved c8. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

const hasNoLength = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

function jpeg(bytes: Buffer): ImageSize | undefined {
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] as number;
    // Any number of fill bytes may stand before a marker.
    if (marker === 0xff) at++;
    else if (hasNoLength(marker)) at += 2;
    else if (isFrame(marker)) return known(bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5));
    else at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return undefined;
}

/** Size of the image whose file begins with `bytes`: PNG, JPEG, GIF or WebP. Undefined when it can not be seen. */
export function imageSize(bytes: Buffer): ImageSize | undefined {
  if (bytes.subarray(0, PNG.length).equals(PNG)) return png(bytes);
  if (startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')) return gif(bytes);
  if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)) return webp(bytes);
  return bytes[0] === 0xff && bytes[1] === 0xd8 ? jpeg(bytes) : undefined;
}

/** Size of an image given as base64 from position `start` on; only as much is decoded as the size needs. */
export function base64ImageSize(text: string, start = 0): ImageSize | undefined {
  for (let look = FIRST_LOOK; look <= LAST_LOOK; look *= 32) {
    const size = imageSize(Buffer.from(text.slice(start, start + look), 'base64'));
    if (size !== undefined) return size;
    if (start + look >= text.length) return undefined;
  }
  return undefined;
}

/** Size of the image in a `data:image/...;base64,` URL; undefined for other URLs. */
export function dataUrlImageSize(url: string): ImageSize | undefined {
  if (!url.startsWith('data:image/')) return undefined;
  const marker = url.indexOf('base64,');
  return marker < 0 ? undefined : base64ImageSize(url, marker + 'base64,'.length);
}
