/** Bytes of image files as far as their size goes. */
export const images = {
  png(width: number, height: number): Buffer {
    const bytes = Buffer.alloc(33);
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]).copy(bytes);
    bytes.write('IHDR', 12);
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    return bytes;
  },
  gif(width: number, height: number): Buffer {
    const bytes = Buffer.from('GIF89a\0\0\0\0\0\0\0', 'latin1');
    bytes.writeUInt16LE(width, 6);
    bytes.writeUInt16LE(height, 8);
    return bytes;
  },
  /** With so many bytes of metadata before the size. */
  jpeg(width: number, height: number, metadata = 16): Buffer {
    const app = Buffer.alloc(2 + metadata);
    app[0] = 0xff;
    app[1] = 0xe1;
    app.writeUInt16BE(metadata, 2);
    const frame = Buffer.from([0xff, 0xff, 0xc2, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3, 0, 0, 0, 0, 0, 0]);
    return Buffer.concat([Buffer.from([0xff, 0xd8]), app, Buffer.from([0xff, 0xc4, 0, 2, 0xff, 0xd0]), frame]);
  },
  webp(kind: 'VP8 ' | 'VP8L' | 'VP8X', width: number, height: number): Buffer {
    const bytes = Buffer.alloc(32);
    bytes.write('RIFF');
    bytes.write('WEBP', 8);
    bytes.write(kind, 12);
    if (kind === 'VP8X') {
      bytes.writeUIntLE(width - 1, 24, 3);
      bytes.writeUIntLE(height - 1, 27, 3);
    } else if (kind === 'VP8L') {
      bytes[20] = 0x2f;
      bytes.writeUInt32LE(((height - 1) << 14) | (width - 1), 21);
    } else {
      bytes.writeUInt16LE(width, 26);
      bytes.writeUInt16LE(height, 28);
    }
    return bytes;
  },
} as const;

/** The image as a data URL. */
export const dataUrl = (image: Buffer): string => `data:image/any;base64,${image.toString('base64')}`;
