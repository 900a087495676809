import type { JsonObject } from 'llm-d-epp-config';
import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import type { PromptTokens } from '../plugin/data';
import type { DataProducer } from '../plugin/plugins';
import type { InferenceRequest, ParsedBody } from '../plugin/request';
import { anthropicChat } from './anthropic-chat';
import { hasTokens, ownTokens, putTokens } from './tokenized';
import { type RendererOptions, VllmRenderer } from './vllm-renderer';
import { WarmUp } from './warm-up';

/** While the server fails, a line is logged this often at most, in milliseconds. */
const WARNING_INTERVAL_MS = 10_000;

/** token-producer in vllm mode: asks a vLLM server. When it fails, the request goes on without tokens. */
export class VllmProducer implements DataProducer {
  readonly timeoutMs: number;
  private readonly renderer: VllmRenderer;
  private readonly warmUp: WarmUp;
  private lastWarning = Number.NEGATIVE_INFINITY;
  private failures = 0;

  /** @throws Error when the URL is none */
  constructor(
    private readonly name: string,
    options: RendererOptions,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.timeoutMs = Math.max(options.timeoutMs, options.mediaTimeoutMs);
    this.renderer = new VllmRenderer(options, clock, log);
    this.warmUp = new WarmUp(this.renderer, log);
  }

  /** Begins to warm the server up, without waiting for it. */
  start(): void {
    void this.warmUp.run();
  }

  stop(): void {
    this.warmUp.stop();
    this.renderer.close();
  }

  produce(request: InferenceRequest): void | Promise<void> {
    if (hasTokens(request, false)) return;
    const own = ownTokens(request.body);
    if (own !== undefined) {
      putTokens(request, this.name, own);
      return;
    }
    const prompts = this.render(request.body);
    if (prompts === undefined) return;
    return prompts.then(
      (found) => putTokens(request, this.name, { prompts: found, estimated: false }),
      (error: Error) => this.failed(request, error),
    );
  }

  private render({ api, payload }: ParsedBody): Promise<readonly PromptTokens[]> | undefined {
    if (payload === undefined) return undefined;
    const ask: Readonly<Record<string, (payload: JsonObject) => Promise<readonly PromptTokens[]>>> = {
      completions: (body) => this.renderer.completions(body),
      chat: (body) => this.renderer.chat(body),
      messages: async (body) => this.renderer.chat(anthropicChat(body)),
    };
    return ask[api]?.(payload);
  }

  private failed(request: InferenceRequest, error: Error): void {
    this.failures++;
    const now = this.clock.now();
    if (now - this.lastWarning < WARNING_INTERVAL_MS) return;
    this.log.warn({ request: request.id, failures: this.failures, error: error.message }, 'prompts have no tokens: the tokenizer fails');
    this.lastWarning = now;
    this.failures = 0;
  }
}
