import type { Endpoint, LoraState } from '../../plugin/endpoint';
import type { SeriesReader } from '../prometheus/series-reader';
import { wholeNumber } from './whole-number';

const RUNNING = Buffer.from('running_lora_adapters');
const WAITING = Buffer.from('waiting_lora_adapters');
const MAX = Buffer.from('max_lora');

/** Takes adapters from the labels of an info series. Source of the label names: llm-d-router v0.10.0, `extractor/metrics`. */
export class LoraReading {
  /** What the labels of an endpoint were last time: they seldom change, and then there is nothing to build. */
  private readonly seen = new WeakMap<Endpoint, string>();

  constructor(
    /** Place of the series in the reader. */
    readonly index: number,
  ) {}

  /** Returns what was wrong. A page without the series is fine: vLLM shows it once an adapter was loaded, and old values stay. */
  take(reader: SeriesReader, endpoint: Endpoint): string | undefined {
    const running = reader.label(this.index, RUNNING);
    const waiting = reader.label(this.index, WAITING);
    const max = reader.label(this.index, MAX);
    const key = `${running ?? ''}\n${waiting ?? ''}\n${max ?? ''}`;
    const maxAdapters = max === undefined || max === '' ? endpoint.lora.maxAdapters : wholeNumber(max);
    if (this.seen.get(endpoint) !== key) {
      this.seen.set(endpoint, key);
      const state: LoraState = {
        active: adapters(running),
        waiting: adapters(waiting),
        maxAdapters: maxAdapters ?? endpoint.lora.maxAdapters,
      };
      endpoint.lora = state;
    }
    return maxAdapters === undefined ? `label max_lora is ${JSON.stringify(max)}, not a whole number` : undefined;
  }
}

const adapters = (list = ''): ReadonlySet<string> =>
  new Set(
    list
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
