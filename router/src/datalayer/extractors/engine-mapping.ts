import { coreColumns, dataName } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';
import { parseMetricSpec } from '../prometheus/metric-spec';
import { type SampleChoice, SeriesReader, type WantedSeries } from '../prometheus/series-reader';
import type { Page } from '../types';
import { CacheInfoReading } from './cache-info-reading';
import type { EngineMetrics } from './engine-catalog';
import { LoraReading } from './lora-reading';
import { joinComplaints, type ScalarKind, type ScalarReading, takeScalar } from './scalar-reading';

/** Name under which custom metrics stand, whatever the extractor is called. Source: llm-d-router v0.10.0. */
const producer = 'core-metrics-extractor';

/** Reads the pages of one kind of engine into the table. */
export class EngineMapping {
  private readonly reader: SeriesReader;
  private readonly scalars: readonly ScalarReading[];
  private readonly lora: LoraReading | undefined;
  private readonly cacheInfo: CacheInfoReading | undefined;

  /** @throws Error when a metric is malformed */
  constructor(engine: EngineMetrics, table: EndpointTable) {
    const wanted: WantedSeries[] = [];
    const want = (text: string, choice: SampleChoice = 'latest'): WantedSeries | undefined => {
      const spec = parseMetricSpec(text);
      if (spec === undefined) return undefined;
      const series = { spec, choice };
      wanted.push(series);
      return series;
    };
    const scalar = (text: string, column: string, kind: ScalarKind, empty: number): ScalarReading[] => {
      const series = want(text);
      if (series === undefined) return [];
      return [{ index: wanted.length - 1, spec: series.spec, column: table.column(column, empty), kind }];
    };
    const lora = want(engine.loraSpec, 'largest');
    this.lora = lora === undefined ? undefined : new LoraReading(wanted.length - 1);
    const blockSize = table.column(coreColumns.cacheBlockSize, 0);
    const numBlocks = table.column(coreColumns.cacheNumBlocks, 0);
    const info = want(engine.cacheInfoSpec);
    const { cacheBlockSizeLabelName: blockSizeLabel, cacheNumBlocksLabelName: numBlocksLabel } = engine;
    this.cacheInfo =
      info === undefined
        ? undefined
        : new CacheInfoReading(wanted.length - 1, info.spec, blockSizeLabel, numBlocksLabel, blockSize, numBlocks);
    this.scalars = [
      ...scalar(engine.queuedRequestsSpec, coreColumns.waiting, 'whole', 0),
      ...scalar(engine.runningRequestsSpec, coreColumns.running, 'whole', 0),
      ...scalar(engine.kvUsageSpec, coreColumns.kvUsage, 'finite', 0),
      ...scalar(engine.cacheBlockSizeSpec, coreColumns.cacheBlockSize, 'whole', 0),
      ...scalar(engine.cacheNumBlocksSpec, coreColumns.cacheNumBlocks, 'whole', 0),
      ...engine.customMetrics.flatMap(({ attributeKey, metricSpec }) =>
        scalar(metricSpec, dataName(attributeKey, producer), 'any', Number.NaN),
      ),
    ];
    this.reader = new SeriesReader(wanted);
  }

  /** Complaints about the last page; undefined when there were none. */
  complaint: string | undefined;

  /** Takes what the page has and tells whether that was anything. */
  take(endpoint: Endpoint, { bytes, start, end }: Page): boolean {
    const { reader, scalars, lora, cacheInfo } = this;
    const { slot } = endpoint;
    let complaint: string | undefined;
    let updated = false;
    reader.read(bytes, start, end);
    for (let i = 0; i < scalars.length; i++) {
      const wrong = takeScalar(reader, scalars[i] as ScalarReading, slot);
      if (wrong === undefined) updated = true;
      else complaint = joinComplaints(complaint, wrong);
    }
    if (lora !== undefined && reader.found(lora.index)) {
      complaint = joinComplaints(complaint, lora.take(reader, endpoint));
      updated = true;
    }
    if (cacheInfo !== undefined) {
      updated ||= reader.found(cacheInfo.index);
      complaint = joinComplaints(complaint, cacheInfo.take(reader, slot));
    }
    this.complaint = complaint;
    return updated;
  }
}
