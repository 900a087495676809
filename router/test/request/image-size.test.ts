import fc from 'fast-check';
import { base64ImageSize, dataUrlImageSize, imageSize } from '../../src/request/image-size';
import { dataUrl, images } from '../support/images';

/** A real file: 64 x 32 pixels. */
const realPng =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAAAgCAIAAAAt/+nTAAAARUlEQVR4nOzP0QnAUAzDwBSy/8zlTSECdxj/a2fmu7x9d5mAmoCagJqAmoCagJqAmoCagJqAmoCagJqAmoCagJqAmoCagNofAAD//57WAN8yR4QZAAAAAElFTkSuQmCC';

test.each([
  ['PNG', images.png(640, 480), 640, 480],
  ['GIF', images.gif(320, 200), 320, 200],
  ['JPEG', images.jpeg(4000, 3000), 4000, 3000],
  ['JPEG with much metadata', images.jpeg(800, 600, 60_000), 800, 600],
  ['WebP, lossy', images.webp('VP8 ', 1024, 768), 1024, 768],
  ['WebP, lossless', images.webp('VP8L', 16383, 2), 16383, 2],
  ['WebP, extended', images.webp('VP8X', 100_000, 70_000), 100_000, 70_000],
])('the size of a %s is read', (_name, image, width, height) => {
  expect(imageSize(image)).toEqual({ width, height });
  expect(dataUrlImageSize(dataUrl(image))).toEqual({ width, height });
  expect(base64ImageSize(image.toString('base64'))).toEqual({ width, height });
});

test('a real file is read, of its first bytes alone', () => {
  expect(base64ImageSize(realPng)).toEqual({ width: 64, height: 32 });
  expect(base64ImageSize(realPng + '!'.repeat(5_000_000))).toEqual({ width: 64, height: 32 });
});

test.each([
  ['a link', 'https://example.com/a.png'],
  ['no base64', 'data:image/svg+xml,<svg/>'],
  ['no image', `data:text/plain;base64,${realPng}`],
  ['empty', 'data:image/png;base64,'],
  ['no pixels', dataUrl(images.png(0, 5))],
  ['cut', dataUrl(images.png(5, 5).subarray(0, 20))],
  ['a JPEG without a frame', dataUrl(Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xd9, 0, 2, 0, 0, 0, 0, 0, 0]))],
  ['a JPEG that is none behind its first bytes', dataUrl(Buffer.alloc(100, 0x20).fill(Buffer.from([0xff, 0xd8]), 0, 2))],
])('%s has no size', (_name, url) => {
  expect(dataUrlImageSize(url)).toBeUndefined();
});

test('any bytes end in a size or none', () => {
  const starts = [images.jpeg(9, 9), images.webp('VP8L', 9, 9), images.png(9, 9), images.gif(9, 9)];
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.nat(40), fc.uint8Array({ maxLength: 100 }), (start, kept, rest) => {
      const size = imageSize(Buffer.concat([start.subarray(0, kept), rest]));
      expect(size === undefined || (size.width > 0 && size.height > 0)).toBe(true);
    }),
  );
});
