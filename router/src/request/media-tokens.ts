import type { JsonObject } from 'llm-d-epp-config';
import { isJsonObject } from '../parsers/json-body';
import type { Headers } from '../plugin/request';
import type { ImageSize } from './image-size';

// Defaults. Source: llm-d-router v0.10.0, `dataproducer/tokenizer/mm_estimate.go`.
const DEFAULT_SIZE: ImageSize = { width: 640, height: 360 };
const PIXELS_PER_TOKEN = 1024;
const VIDEO_SECONDS = 10;
const SAMPLED_FPS = 2;
const SOURCE_FPS = 24;
const BYTES_PER_TOKEN = 4;

/** Request headers that say what a video is like. Source: llm-d-router v0.10.0, `metadata/consts.go`. */
const videoHeaders = {
  fps: 'x-llm-d-video-fps',
  seconds: 'x-llm-d-video-duration-seconds',
  resolution: 'x-llm-d-video-resolution',
} as const;

/** Numbers of a parameter object; what is absent or not above 0 is taken from the defaults. */
class Settings {
  private readonly values: JsonObject;

  constructor(values: unknown) {
    this.values = isJsonObject(values) ? values : {};
  }

  within(name: string): Settings {
    return new Settings(this.values[name]);
  }

  number(name: string, fallback: number): number {
    const value = this.values[name];
    return typeof value === 'number' && value > 0 ? value : fallback;
  }

  is(name: string, word: string): boolean {
    return this.values[name] === word;
  }

  size(name: string): ImageSize {
    const size = this.within(name);
    return { width: size.number('width', DEFAULT_SIZE.width), height: size.number('height', DEFAULT_SIZE.height) };
  }
}

const pixelTokens = ({ width, height }: ImageSize, factor: number): number => Math.max(1, Math.floor((width * height) / factor));

/** Tokens of an image of known or unknown size. */
export type ImageTokens = (size: ImageSize | undefined) => number;

/** Reads `estimate.image`. */
export function imageTokens(parameters: unknown): ImageTokens {
  const settings = new Settings(parameters);
  if (settings.is('mode', 'static')) {
    const tokens = settings.within('static').number('staticToken', 1);
    return () => tokens;
  }
  const factor = settings.within('dynamic').number('factor', PIXELS_PER_TOKEN);
  const fallback = settings.size('defaultResolution');
  return (size) => pixelTokens(size ?? fallback, factor);
}

/** What the client says of its videos; undefined where it says nothing of use. */
export interface VideoFacts {
  readonly fps: number | undefined;
  readonly seconds: number | undefined;
  readonly size: ImageSize | undefined;
}

function positive(text: string | undefined): number | undefined {
  const number = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return number > 0 && Number.isFinite(number) ? number : undefined;
}

function resolution(text: string | undefined): ImageSize | undefined {
  const match = /^\s*(\d{1,9})\s*[xX]\s*(\d{1,9})\s*$/.exec(text ?? '');
  const size = { width: Number(match?.[1] ?? 0), height: Number(match?.[2] ?? 0) };
  return size.width > 0 && size.height > 0 ? size : undefined;
}

/** Reads what the request's headers say of its videos. */
export const videoFacts = (headers: Headers): VideoFacts => ({
  fps: positive(headers.get(videoHeaders.fps)),
  seconds: positive(headers.get(videoHeaders.seconds)),
  size: resolution(headers.get(videoHeaders.resolution)),
});

/** Tokens of a video. */
export type VideoTokens = (facts: VideoFacts) => number;

function frameCount(settings: Settings, defaultSeconds: number): VideoTokens {
  const least = settings.number('minFrames', 0);
  const most = settings.number('maxFrames', Number.POSITIVE_INFINITY);
  const clamp = (frames: number): number => Math.min(most, Math.max(least, frames));
  const seconds = (facts: VideoFacts): number => facts.seconds ?? defaultSeconds;
  if (settings.is('mode', 'strided')) {
    const strided = settings.within('strided');
    const fps = strided.number('defaultSourceFPS', SOURCE_FPS);
    const stride = strided.number('frameStride', 1);
    return (facts) => clamp(Math.floor(Math.floor(seconds(facts) * (facts.fps ?? fps)) / stride));
  }
  const sampled = settings.within('sampled');
  const fps = sampled.number('sampleFPS', SAMPLED_FPS);
  const patch = sampled.number('temporalPatchSize', 1);
  return (facts) => Math.floor(clamp(Math.floor(seconds(facts) * fps)) / patch);
}

function frameTokens(settings: Settings, fallback: ImageSize): VideoTokens {
  if (settings.is('mode', 'static')) {
    const tokens = settings.within('static').number('numTokensPerFrame', 1);
    return () => tokens;
  }
  const factor = settings.within('dynamic').number('factor', PIXELS_PER_TOKEN);
  return (facts) => pixelTokens(facts.size ?? fallback, factor);
}

/** Reads `estimate.video`. */
export function videoTokens(parameters: unknown): VideoTokens {
  const settings = new Settings(parameters);
  const frames = frameCount(settings.within('frames'), settings.number('defaultDuration', VIDEO_SECONDS));
  const tokens = frameTokens(settings.within('tokensPerFrame'), settings.size('defaultResolution'));
  const most = settings.number('maxVideoTokens', Number.POSITIVE_INFINITY);
  return (facts) => Math.max(1, Math.min(most, frames(facts) * tokens(facts)));
}

/** Tokens of audio data of so many bytes. */
export const audioTokens = (bytes: number): number => Math.max(1, Math.ceil(bytes / BYTES_PER_TOKEN));
