import type { Clock } from '../plugin/clock';
import { coreColumns } from '../plugin/data';
import type { EndpointTable } from '../plugin/endpoint-table';

/** What is known of an endpoint now. */
export interface EndpointReport {
  readonly id: string;
  readonly endpoint: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the last metrics; null when there were never any. */
  readonly metricsAgeMs: number | null;
  readonly waiting: number;
  readonly running: number;
  readonly kvUsage: number;
  readonly activeAdapters: readonly string[];
  /** All columns by name, unknown values left out. */
  readonly values: Readonly<Record<string, number>>;
}

/** Every endpoint with its numbers. */
export function reportEndpoints(table: EndpointTable, clock: Clock): readonly EndpointReport[] {
  const value = (name: string, slot: number): number => table.existingColumn(name)?.at(slot) ?? 0;
  const updatedAt = table.existingColumn(coreColumns.updatedAt);
  const now = clock.now();
  return table.all().map((endpoint) => {
    const { slot } = endpoint;
    const updated = updatedAt?.at(slot) ?? Number.NaN;
    const values = table
      .columnNames()
      .map((name) => [name, value(name, slot)] as const)
      .filter(([, number]) => !Number.isNaN(number));
    return {
      id: endpoint.id,
      endpoint: endpoint.host,
      labels: endpoint.metadata.labels,
      metricsAgeMs: Number.isNaN(updated) ? null : Math.round(now - updated),
      waiting: value(coreColumns.waiting, slot),
      running: value(coreColumns.running, slot),
      kvUsage: value(coreColumns.kvUsage, slot),
      activeAdapters: [...endpoint.lora.active],
      values: Object.fromEntries(values),
    };
  });
}
