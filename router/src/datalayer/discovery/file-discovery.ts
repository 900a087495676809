import { open } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Log, PluginContext } from '../../plugin/context';
import { textParameter } from '../../plugin/data';
import type { EndpointMetadata } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { Plugin } from '../../plugin/plugins';
import type { Discovery } from './discovery';
import { type AddressKind, parseEndpointsFile } from './endpoints-file';
import { FileWatch } from './file-watch';

/** Largest file that is read, bytes. Source: llm-d-router v0.10.0, `discovery/file`. */
export const largestFile = 1024 * 1024;

/**
 * Reads endpoints from a file.
 *
 * At the start any fault in the file is an error. On a reload entries with faults are left out, and a file that can not be read as a
 * whole changes nothing; both are logged.
 */
export class FileDiscovery implements Plugin, Discovery {
  private readonly path: string;
  private readonly watchFile: boolean;
  private readonly log: Log;
  private known = new Map<string, EndpointMetadata>();
  private synced = false;
  private watch: FileWatch | undefined;
  private stopped = false;

  /** @throws Error when no path is given */
  constructor(
    { parameters, log }: PluginContext,
    private readonly kind: AddressKind,
  ) {
    this.path = textParameter(parameters, 'path', '');
    if (this.path === '') throw new Error('path is required: the file that lists the endpoints');
    this.watchFile = parameters.watchFile === true;
    this.log = log;
  }

  async discover(table: EndpointTable): Promise<void> {
    // The state is taken before the first load, so that a change during the load is seen.
    const watch = new FileWatch(this.path, () => this.reload(table));
    if (this.watchFile) await watch.note();
    const { endpoints, rejected, warnings } = await this.load();
    if (rejected.length > 0) throw new Error(`endpoints file ${this.path}: ${rejected.join('; ')}`);
    // All endpoints come from this file, also those that were put in before the configuration was loaded again.
    this.known = new Map(table.all().map(({ id, metadata }) => [id, metadata]));
    this.apply(table, endpoints, warnings);
    this.synced = true;
    if (!this.watchFile || this.stopped) return;
    this.watch = watch;
    watch.start();
    this.log.info({ path: this.path }, 'watching the endpoints file');
  }

  notSynced(): string | undefined {
    return this.synced ? undefined : `endpoints file ${this.path} has not been read yet`;
  }

  stop(): void {
    this.stopped = true;
    this.watch?.stop();
  }

  /** Reads the file again. */
  async reload(table: EndpointTable): Promise<void> {
    try {
      const { endpoints, rejected, warnings } = await this.load();
      if (this.stopped) return;
      for (const reason of rejected) this.log.error({ path: this.path, reason }, 'an entry of the endpoints file was left out');
      this.apply(table, endpoints, warnings);
    } catch (error) {
      const fields = { path: this.path, reason: (error as Error).message, endpoints: this.known.size };
      this.log.error(fields, 'the endpoints file can not be read, the endpoints stay as they were');
    }
  }

  private async load(): Promise<ReturnType<typeof parseEndpointsFile>> {
    try {
      return parseEndpointsFile(await readLimited(this.path), this.kind);
    } catch (cause) {
      throw new Error(`endpoints file ${this.path}: ${(cause as Error).message}`, { cause });
    }
  }

  private apply(table: EndpointTable, endpoints: readonly EndpointMetadata[], warnings: readonly string[]): void {
    for (const warning of warnings) this.log.warn({ path: this.path, reason: warning }, 'the endpoints file is odd');
    const incoming = new Map(endpoints.map((metadata) => [metadata.id, metadata]));
    let removed = 0;
    for (const id of this.known.keys()) {
      if (incoming.has(id)) continue;
      table.remove(id);
      removed++;
    }
    let changed = 0;
    for (const [id, metadata] of incoming) {
      if (isDeepStrictEqual(this.known.get(id), metadata)) continue;
      table.upsert(metadata);
      changed++;
    }
    this.known = incoming;
    this.log.info({ path: this.path, endpoints: incoming.size, changed, removed }, 'the endpoints file was read');
  }
}

async function readLimited(path: string): Promise<string> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(largestFile + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) return bytes.toString('utf8', 0, length);
      length += bytesRead;
    }
    throw new Error(`the file is larger than ${largestFile} bytes`);
  } finally {
    await file.close();
  }
}
