import type { Column } from '../../plugin/column';
import { type MetricSpec, showSpec } from '../prometheus/metric-spec';
import type { SeriesReader } from '../prometheus/series-reader';
import { joinComplaints } from './scalar-reading';
import { wholeNumber } from './whole-number';

/** Takes the size of the KV cache from labels of an info series. */
export class CacheInfoReading {
  private readonly blockSizeLabel: Buffer;
  private readonly numBlocksLabel: Buffer;

  constructor(
    /** Place of the series in the reader. */
    readonly index: number,
    private readonly spec: MetricSpec,
    blockSizeLabel: string,
    numBlocksLabel: string,
    private readonly blockSize: Column,
    private readonly numBlocks: Column,
  ) {
    this.blockSizeLabel = Buffer.from(blockSizeLabel);
    this.numBlocksLabel = Buffer.from(numBlocksLabel);
  }

  /** Returns what was wrong. */
  take(reader: SeriesReader, slot: number): string | undefined {
    if (!reader.found(this.index)) return `${showSpec(this.spec)} is not on the page`;
    // The block size is forgotten when its label is gone or unreadable, the number of blocks is not. Source: llm-d-router v0.10.0.
    this.blockSize.set(slot, 0);
    return joinComplaints(
      this.label(reader, this.blockSizeLabel, this.blockSize, slot),
      this.label(reader, this.numBlocksLabel, this.numBlocks, slot),
    );
  }

  private label(reader: SeriesReader, name: Buffer, column: Column, slot: number): string | undefined {
    const text = reader.label(this.index, name);
    if (text === undefined || text === '') return undefined;
    const value = wholeNumber(text);
    if (value === undefined) return `label ${name} of ${this.spec.name} is ${JSON.stringify(text)}, not a whole number`;
    column.set(slot, value);
    return undefined;
  }
}
