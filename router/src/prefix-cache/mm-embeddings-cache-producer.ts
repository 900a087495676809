import type { Candidates } from '../plugin/candidates';
import type { PluginContext } from '../plugin/context';
import type { MediaFeature, TokenizedPrompt } from '../plugin/data';
import type { Endpoint } from '../plugin/endpoint';
import type { DataProducer, PreRequest } from '../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../plugin/request';
import type { Counter, Family, Histogram } from '../telemetry/registry';
import { HashLru } from './hash-lru';

const DEFAULT_CACHE_MIB = 4096;
/** Taken for the size of every item. Source: llm-d-router v0.10.0, `dataproducer/multimodal`. */
const MIB_PER_ITEM = 2;
const RATIOS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const MODALITIES = ['image', 'audio', 'video'];

type Items = ReadonlyMap<string, MediaFeature['modality']>;

/** Remembers which media each endpoint was sent, and tells how many of a request's it should therefore have encoded already. */
export class MmEmbeddingsCacheProducer implements DataProducer, PreRequest {
  private readonly caches = new Map<Endpoint, HashLru>();
  private readonly entries: number;
  private readonly stateKey: string;
  private readonly queries: Family<Counter>;
  private readonly hits: Family<Counter>;
  private readonly ratio: Histogram;

  constructor(private readonly context: PluginContext) {
    const { parameters, metrics, endpoints, name, type } = context;
    const { cacheSizeInMBPerServer: size } = parameters;
    this.entries = Math.max(1, Math.floor((typeof size === 'number' && size > 0 ? size : DEFAULT_CACHE_MIB) / MIB_PER_ITEM));
    this.stateKey = `mm-embeddings/${name}`;
    const labels = ['plugin_type', 'plugin_name'];
    const counter = (suffix: string, help: string, ...more: string[]) =>
      metrics.counter(`llm_d_epp_encoder_cache_${suffix}`, help, [...labels, ...more]);
    this.queries = counter('queries_total', 'Media items that were looked up.', 'modality');
    this.hits = counter('hits_total', 'Media items that an endpoint was found to have.', 'pod', 'modality');
    const help = "Share of a request's media items that an endpoint has.";
    this.ratio = metrics.histogram('llm_d_epp_encoder_cache_hit_ratio', help, RATIOS, labels).with(type, name);
    endpoints.listen({ removed: (endpoint) => this.removed(endpoint) });
  }

  produce(request: InferenceRequest, candidates: Candidates): void {
    const items = itemsOf(request.get('TokenizedPrompt', 'token-producer'));
    if (items.size === 0) return;
    this.count(items);
    const matchedSize = new Float64Array(this.context.endpoints.capacity);
    for (let i = 0; i < candidates.size; i++) {
      const slot = candidates.slots[i] as number;
      const endpoint = this.context.endpoints.at(slot);
      const cache = endpoint === undefined ? undefined : this.caches.get(endpoint);
      let matched = 0;
      if (cache !== undefined) for (const hash of items.keys()) if (cache.has(hash)) matched++;
      matchedSize[slot] = matched;
      this.ratio.observe(matched / items.size);
    }
    request.put('EncoderCacheMatchInfo', this.context.name, { matchedSize, requestSize: items.size });
    request.putAny(this.stateKey, items);
  }

  /** All targets of the primary profile are taken to encode the items. */
  preRequest(request: InferenceRequest, result: SchedulingResult): void {
    const items = request.getAny(this.stateKey) as Items | undefined;
    if (items === undefined) return;
    for (const endpoint of result.profiles.get(result.primary)?.targets ?? []) {
      if (endpoint.removed) continue;
      let cache = this.caches.get(endpoint);
      if (cache === undefined) {
        cache = new HashLru(this.entries);
        this.caches.set(endpoint, cache);
      }
      for (const hash of items.keys()) cache.add(hash);
    }
  }

  private count(items: Items): void {
    const { type, name } = this.context;
    for (const [hash, modality] of items) {
      this.queries.with(type, name, modality).inc();
      for (const [endpoint, cache] of this.caches) if (cache.has(hash)) this.hits.with(type, name, endpoint.id, modality).inc();
    }
  }

  private removed(endpoint: Endpoint): void {
    const { type, name } = this.context;
    this.caches.delete(endpoint);
    for (const modality of MODALITIES) this.hits.remove(type, name, endpoint.id, modality);
  }
}

/** The different media of a request by their hash. */
function itemsOf(prompt: TokenizedPrompt | undefined): Items {
  const items = new Map<string, MediaFeature['modality']>();
  for (const { features } of prompt?.prompts ?? []) for (const { hash, modality } of features) if (hash !== '') items.set(hash, modality);
  return items;
}
