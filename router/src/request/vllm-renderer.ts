import type { JsonObject } from 'llm-d-epp-config';
import { isJsonObject, tokenIdList } from '../parsers/json-body';
import { mediaFeatures } from '../parsers/media-features';
import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import type { PromptTokens } from '../plugin/data';
import { type JsonAnswer, JsonClient } from './json-client';

const RENDER_COMPLETIONS = '/v1/completions/render';
const RENDER_CHAT = '/v1/chat/completions/render';
const TOKENIZE = '/tokenize';
/** Fields of a chat request that decide its tokens and that `/tokenize` knows. Source: vLLM, `entrypoints/serve/tokenize`. */
const TOKENIZE_CHAT_FIELDS = [
  'messages',
  'tools',
  'add_generation_prompt',
  'continue_final_message',
  'add_special_tokens',
  'chat_template',
  'chat_template_kwargs',
];
/** How long a server without render endpoints is not asked for them again. */
const RENDER_RETRY_MS = 300_000;
/** Characters of an error answer that go into the log. */
const MAX_ERROR_TEXT = 1024;

/** Where tokens come from and how long they may take. */
export interface RendererOptions {
  readonly url: string;
  /** Model that the server knows; it takes the place of the request's. */
  readonly modelName: string;
  /** Milliseconds for texts. */
  readonly timeoutMs: number;
  /** Milliseconds for messages with media. */
  readonly mediaTimeoutMs: number;
}

function decode(path: string, { status, text }: JsonAnswer): unknown {
  if (status < 200 || status >= 300) throw new Error(`${path} answered with status ${status}: ${text.slice(0, MAX_ERROR_TEXT)}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`the answer of ${path} is no JSON: ${(cause as Error).message}`);
  }
}

function tokens(path: string, list: unknown): Uint32Array {
  const ids = Array.isArray(list) ? tokenIdList(list) : 0;
  if (typeof ids === 'number') throw new Error(`the answer of ${path} has no list of token ids`);
  return ids;
}

function rendered(path: string, answer: unknown): PromptTokens {
  if (!isJsonObject(answer)) throw new Error(`the answer of ${path} is no object`);
  return { ids: tokens(path, answer.token_ids), features: mediaFeatures(answer.features) };
}

const contents = (payload: JsonObject): readonly (readonly unknown[])[] =>
  Array.isArray(payload.messages)
    ? payload.messages.map((message) => (isJsonObject(message) && Array.isArray(message.content) ? message.content : []))
    : [];

const isText = (part: unknown): boolean => isJsonObject(part) && part.type === 'text';

/**
 * Asks vLLM which tokens a prompt has: at its render endpoints, or, where it has none, at `/tokenize`, which knows nothing of media.
 * Source: llm-d-router v0.10.0, `dataproducer/tokenizer/vllm_http.go`.
 */
export class VllmRenderer {
  private readonly client: JsonClient;
  /** `Clock.now()` until which the render endpoints count as missing. */
  private missingUntil = Number.NEGATIVE_INFINITY;

  /** @throws Error when the URL is none */
  constructor(
    private readonly options: RendererOptions,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.client = new JsonClient(options.url);
  }

  /** Tokens of a completion request, a list a prompt. @throws Error when they can not be had */
  completions(payload: JsonObject): Promise<readonly PromptTokens[]> {
    const { timeoutMs } = this.options;
    const read = (answer: unknown): readonly PromptTokens[] => {
      if (!Array.isArray(answer) || answer.length === 0) throw new Error(`the answer of ${RENDER_COMPLETIONS} is empty`);
      return answer.map((prompt) => rendered(RENDER_COMPLETIONS, prompt));
    };
    return this.render(RENDER_COMPLETIONS, payload, timeoutMs, read, () => this.tokenizeTexts(payload.prompt));
  }

  /** Tokens of a chat request. @throws Error when they can not be had */
  chat(payload: JsonObject): Promise<readonly PromptTokens[]> {
    const hasParts = contents(payload).some((parts) => parts.length > 0);
    const timeoutMs = hasParts ? this.options.mediaTimeoutMs : this.options.timeoutMs;
    const read = (answer: unknown): readonly PromptTokens[] => [rendered(RENDER_CHAT, answer)];
    return this.render(RENDER_CHAT, payload, timeoutMs, read, () => this.tokenizeChat(payload, timeoutMs));
  }

  /** Closes the connections. */
  close(): void {
    this.client.close();
  }

  private async render(
    path: string,
    payload: JsonObject,
    timeoutMs: number,
    read: (answer: unknown) => readonly PromptTokens[],
    otherwise: () => Promise<readonly PromptTokens[]>,
  ): Promise<readonly PromptTokens[]> {
    if (this.clock.now() < this.missingUntil) return otherwise();
    const answer = await this.client.post(path, { ...payload, model: this.options.modelName }, timeoutMs);
    if (answer.status !== 404) return read(decode(path, answer));
    // Either the path or the model is unknown; if it is the model, /tokenize says so too.
    const prompts = await otherwise();
    this.missingUntil = this.clock.now() + RENDER_RETRY_MS;
    this.log.info(
      { url: this.options.url, path },
      'the server has no render endpoint, its /tokenize is used: prompts with media get no tokens',
    );
    return prompts;
  }

  private tokenizeTexts(prompt: unknown): Promise<readonly PromptTokens[]> {
    const texts = Array.isArray(prompt) ? prompt : [prompt];
    return Promise.all(texts.map((text) => this.tokenize({ prompt: text }, this.options.timeoutMs)));
  }

  private async tokenizeChat(payload: JsonObject, timeoutMs: number): Promise<readonly PromptTokens[]> {
    if (!contents(payload).every((parts) => parts.every(isText))) throw new Error(`${TOKENIZE} can not tell media apart`);
    const fields = TOKENIZE_CHAT_FIELDS.filter((name) => payload[name] !== undefined && payload[name] !== null);
    return [await this.tokenize(Object.fromEntries(fields.map((name) => [name, payload[name]])), timeoutMs)];
  }

  private async tokenize(body: JsonObject, timeoutMs: number): Promise<PromptTokens> {
    const answer = decode(TOKENIZE, await this.client.post(TOKENIZE, { ...body, model: this.options.modelName }, timeoutMs));
    return { ids: tokens(TOKENIZE, isJsonObject(answer) ? answer.tokens : undefined), features: [] };
  }
}
