import { audioTokens, imageTokens, videoFacts, videoTokens } from '../../src/request/media-tokens';
import { TestHeaders } from '../support/context';

const noFacts = { fps: undefined, seconds: undefined, size: undefined };
const staticFrames = { tokensPerFrame: { mode: 'static', static: { numTokensPerFrame: 100 } } };

describe('tokens of an image', () => {
  test.each([
    ['unknown size', undefined, undefined, 225],
    ['known size', undefined, { width: 64, height: 32 }, 2],
    ['one pixel', undefined, { width: 1, height: 1 }, 1],
    ['own factor', { dynamic: { factor: 2048 } }, undefined, 112],
    ['own default size', { defaultResolution: { width: 1024, height: 1024 } }, undefined, 1024],
    ['half a default size', { defaultResolution: { width: 1280 } }, undefined, 450],
    ['static', { mode: 'static', static: { staticToken: 7 } }, { width: 4000, height: 4000 }, 7],
    ['static without a number', { mode: 'static' }, undefined, 1],
  ])('%s', (_name, parameters, size, tokens) => {
    expect(imageTokens(parameters)(size)).toBe(tokens);
  });
});

describe('tokens of a video', () => {
  test.each([
    ['of defaults', undefined, {}, 20 * 225],
    ['static', staticFrames, {}, 2000],
    ['own factor', { tokensPerFrame: { dynamic: { factor: 2048 } } }, {}, 20 * 112],
    ['own length', { ...staticFrames, defaultDuration: 8 }, {}, 1600],
    ['strided, at most', { ...staticFrames, frames: { mode: 'strided', maxFrames: 16, strided: { frameStride: 4 } } }, {}, 1600],
    ['strided', { ...staticFrames, frames: { mode: 'strided', strided: { frameStride: 4 } } }, {}, 6000],
    [
      'strided, at least',
      { ...staticFrames, defaultDuration: 1, frames: { mode: 'strided', minFrames: 8, strided: { frameStride: 4 } } },
      {},
      800,
    ],
    ['frames put together', { ...staticFrames, frames: { minFrames: 4, sampled: { temporalPatchSize: 2 } } }, { seconds: 1 }, 200],
    ['at most', { maxVideoTokens: 100 }, { size: { width: 320, height: 240 }, seconds: 3 }, 100],
    ['of headers', undefined, { size: { width: 320, height: 240 }, seconds: 3 }, 6 * 75],
    ['frame rate of headers, strided', { ...staticFrames, frames: { mode: 'strided' } }, { fps: 2, seconds: 3 }, 600],
    ['frame rate of headers, sampled', staticFrames, { fps: 99 }, 2000],
    ['of no time', staticFrames, { seconds: 0.01 }, 1],
  ])('%s', (_name, parameters, facts, tokens) => {
    expect(videoTokens(parameters)({ ...noFacts, ...facts })).toBe(tokens);
  });

  test.each([
    [{}, noFacts],
    [
      { 'x-llm-d-video-fps': '29.97', 'x-llm-d-video-duration-seconds': '12', 'x-llm-d-video-resolution': '1920x1080' },
      { fps: 29.97, seconds: 12, size: { width: 1920, height: 1080 } },
    ],
    [{ 'x-llm-d-video-fps': '-1', 'x-llm-d-video-duration-seconds': 'Infinity', 'x-llm-d-video-resolution': '0x1080' }, noFacts],
    [{ 'x-llm-d-video-fps': '', 'x-llm-d-video-duration-seconds': 'NaN', 'x-llm-d-video-resolution': '1080' }, noFacts],
    [{ 'x-llm-d-video-resolution': ' 16 X 9 ' }, { ...noFacts, size: { width: 16, height: 9 } }],
  ])('headers %j', (headers, facts) => {
    expect(videoFacts(new TestHeaders(headers))).toEqual(facts);
  });
});

test.each([
  [0, 1],
  [1, 1],
  [4, 1],
  [5, 2],
])('%i bytes of audio are %i tokens', (bytes, tokens) => {
  expect(audioTokens(bytes)).toBe(tokens);
});
