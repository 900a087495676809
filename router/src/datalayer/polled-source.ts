import type { Log } from '../plugin/context';
import type { Endpoint } from '../plugin/endpoint';
import type { MetricsRegistry } from '../telemetry/registry';
import { extractErrors, pollErrors, type TwinCounter } from './error-counters';
import { parseModels } from './models-page';
import type { TargetListener } from './polling/poll-target';
import type { MetricsExtractor, ModelsExtractor, Page } from './types';

const LINE_FEED = 10;

/** Takes a page of a source; returns what was wrong. */
export type TakePage = (endpoint: Endpoint, page: Page) => string | undefined;

/** An extractor as the source sees it. */
export interface BoundExtractor {
  readonly name: string;
  readonly type: string;
  readonly take: TakePage;
}

/** Binds an extractor of metrics pages. */
export const metricsTaker =
  (extractor: MetricsExtractor): TakePage =>
  (endpoint, page) =>
    isCut(page) ? 'the page was cut off' : extractor.extractMetrics(endpoint, page);

/** Every line of a metrics page ends, so a page that stops within one lacks its end, and the last number may lack digits. */
const isCut = ({ bytes, start, end, framed }: Page): boolean => !framed && end > start && bytes[end - 1] !== LINE_FEED;

/** Binds an extractor of model lists. */
export const modelsTaker =
  (extractor: ModelsExtractor): TakePage =>
  (endpoint, page) => {
    const models = parseModels(page);
    if (typeof models === 'string') return models;
    extractor.extractModels(endpoint, models);
    return undefined;
  };

interface Taker extends BoundExtractor {
  readonly errors: TwinCounter;
  /** Last complaint about each endpoint, so that only changes are logged. */
  readonly complaints: WeakMap<Endpoint, string>;
}

/** Hands the pages of a source to its extractors, counts what fails and logs when that changes. */
export class PolledSource implements TargetListener {
  private readonly takers: readonly Taker[];
  private readonly errors: TwinCounter;

  constructor(
    private readonly name: string,
    type: string,
    extractors: readonly BoundExtractor[],
    metrics: MetricsRegistry,
    private readonly log: Log,
  ) {
    this.errors = pollErrors(metrics, type);
    this.takers = extractors.map((extractor) => ({
      ...extractor,
      errors: extractErrors(metrics, type, extractor.type),
      complaints: new WeakMap(),
    }));
  }

  page(endpoint: Endpoint, page: Page): void {
    for (let i = 0; i < this.takers.length; i++) {
      const taker = this.takers[i] as Taker;
      let complaint: string | undefined;
      try {
        complaint = taker.take(endpoint, page);
      } catch (error) {
        complaint = `the extractor failed: ${(error as Error).stack ?? error}`;
      }
      if (complaint !== undefined) {
        taker.errors.inc();
        this.complain(taker, endpoint, complaint);
      }
    }
  }

  failed(endpoint: Endpoint, reason: string): void {
    this.errors.inc();
    this.log.trace({ source: this.name, endpoint: endpoint.id, reason }, 'fetching from an endpoint failed');
  }

  unreachable(endpoint: Endpoint, reason: string): void {
    this.log.warn(
      { source: this.name, endpoint: endpoint.id, reason },
      'an endpoint does not answer the data source, its data is getting old',
    );
  }

  recovered(endpoint: Endpoint): void {
    this.log.info({ source: this.name, endpoint: endpoint.id }, 'an endpoint answers the data source again');
  }

  private complain({ name, complaints }: Taker, endpoint: Endpoint, complaint: string): void {
    const last = complaints.get(endpoint);
    if (last === complaint) return;
    complaints.set(endpoint, complaint);
    const fields = { source: this.name, extractor: name, endpoint: endpoint.id, reason: complaint };
    // The first one tells of a wrong configuration; later ones would only repeat it with other values.
    this.log[last === undefined ? 'warn' : 'debug'](fields, 'a page lacks what the extractor reads');
  }
}
