import type { JsonObject } from 'llm-d-epp-config';
import type { Log } from '../plugin/context';
import type { VllmRenderer } from './vllm-renderer';

// Numbers. Source: llm-d-router v0.10.0, `dataproducer/tokenizer/backend.go`.
const ATTEMPTS = 24;
const RETRY_MS = 5000;
/** A PNG of one pixel. */
const PIXEL = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const chat = (...parts: readonly JsonObject[]): JsonObject => ({
  messages: [{ role: 'user', content: [{ type: 'text', text: 'warmup' }, ...parts] }],
});

/** Makes the first tokenisation before the first request: it is the slow one. */
export class WarmUp {
  private stopped = false;
  private endPause: (() => void) | undefined;

  constructor(
    private readonly renderer: Pick<VllmRenderer, 'chat'>,
    private readonly log: Log,
    private readonly retryMs = RETRY_MS,
  ) {}

  /** Tries until the server answers, 24 times at most. Never fails: without it the first request is slow. */
  async run(): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS && !this.stopped; attempt++) {
      try {
        await this.renderer.chat(chat());
        // A text-only model refuses the image, and has nothing to warm up for it.
        await this.renderer.chat(chat({ type: 'image_url', image_url: { url: PIXEL } })).catch(() => undefined);
        this.log.debug({ attempt }, 'tokenizer is warm');
        return;
      } catch (error) {
        this.log.debug({ attempt, error: (error as Error).message }, 'tokenizer does not answer yet');
        if (attempt < ATTEMPTS) await this.pause();
      }
    }
    if (!this.stopped) this.log.warn({ attempts: ATTEMPTS }, 'tokenizer has not answered, prompts have no tokens until it does');
  }

  /** Ends the attempts. */
  stop(): void {
    this.stopped = true;
    this.endPause?.();
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.retryMs);
      timer.unref();
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
