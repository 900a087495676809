import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { dataName } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import { tokenEnd } from '../prometheus/bytes';
import { labelValue } from '../prometheus/labels';
import { readNumber } from '../prometheus/numbers';
import { type SampleVisitor, scanSamples, wantedNames } from '../prometheus/scan';
import type { MetricsExtractor, Page } from '../types';

const NAME = 'DCGM_FI_DEV_GPU_UTIL';
const NAMES = wantedNames([NAME]);
const POD = Buffer.from('pod');

/**
 * Takes the utilization of the busiest GPU of the pod, 0 to 1, from the page of a DCGM exporter. Samples without a label `pod` count for
 * every pod that asks. Source: llm-d-router v0.10.0, `extractor/dcgm`.
 */
export class DcgmExtractor implements MetricsExtractor, SampleVisitor {
  private readonly column: Column;
  private bytes: Buffer = Buffer.alloc(0);
  private pod = '';
  private found = false;
  private largest = 0;
  private malformed = false;

  constructor({ endpoints }: PluginContext) {
    this.column = endpoints.column(dataName('GPUUtilization', 'dcgm-extractor'), Number.NaN);
  }

  extractMetrics(endpoint: Endpoint, { bytes, start, end }: Page): string | undefined {
    this.bytes = bytes;
    this.pod = endpoint.metadata.name;
    this.found = false;
    this.largest = 0;
    this.malformed = false;
    scanSamples(bytes, start, end, NAMES, this);
    if (this.malformed) return `${NAME} has a sample without a number`;
    if (!this.found) return `${NAME} has no sample for pod ${JSON.stringify(this.pod)}`;
    this.column.set(endpoint.slot, this.largest / 100);
    return undefined;
  }

  sample(_index: number, labelsAt: number, valueAt: number, end: number): void {
    const pod = labelsAt < 0 ? undefined : labelValue(this.bytes, labelsAt, end, POD);
    if (pod !== undefined && this.pod !== '' && pod !== this.pod) return;
    const value = readNumber(this.bytes, valueAt, tokenEnd(this.bytes, valueAt, end));
    this.malformed ||= value === undefined;
    this.found = true;
    // What is no number, or below 0, counts as an idle GPU.
    if (value !== undefined && value > this.largest) this.largest = value;
  }
}
