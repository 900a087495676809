import { isIP, isIPv4, isIPv6 } from 'node:net';
import { parseDocument } from 'yaml';
import type { EndpointMetadata } from '../../plugin/endpoint';

/** Addresses that a file may hold: IPv4 literals only, or any address and host name (routers of other clusters). */
export type AddressKind = 'ipv4' | 'host';

/** What a file says. */
export interface EndpointsFile {
  readonly endpoints: readonly EndpointMetadata[];
  /** What is wrong with entries that are left out. */
  readonly rejected: readonly string[];
  /** What is odd but was taken. */
  readonly warnings: readonly string[];
}

type Entry = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Entry => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads `endpoints: [{name, namespace, address, port, labels}]` in YAML or JSON. Source of the format: llm-d-router v0.10.0,
 * `discovery/file`; a port may be a number here too.
 * @throws Error when the text as a whole can not be read
 */
export function parseEndpointsFile(text: string, kind: AddressKind): EndpointsFile {
  // As upstream, the last of equal keys counts.
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(error.message.trim());
  const content: unknown = document.toJS({ maxAliasCount: 100 });
  if (content !== null && !isObject(content)) throw new Error('the file must hold an object with a list "endpoints"');
  const list = content?.endpoints ?? [];
  if (!Array.isArray(list)) throw new Error('"endpoints" must be a list');
  const byId = new Map<string, EndpointMetadata>();
  const rejected: string[] = [];
  const warnings: string[] = [];
  list.forEach((entry: unknown, index) => {
    const where = `endpoints[${index}]`;
    const metadata = readEntry(entry, kind);
    if (typeof metadata === 'string') rejected.push(`${where}${nameOf(entry)}: ${metadata}`);
    else {
      if (byId.has(metadata.id)) warnings.push(`${where}${nameOf(entry)}: ${metadata.id} is listed twice, the last entry counts`);
      byId.set(metadata.id, metadata);
    }
  });
  return { endpoints: [...byId.values()], rejected, warnings };
}

const nameOf = (entry: unknown): string => (isObject(entry) && typeof entry.name === 'string' ? ` (${entry.name})` : '');

function readEntry(entry: unknown, kind: AddressKind): EndpointMetadata | string {
  if (!isObject(entry)) return 'must be an object with name, address and port';
  const { name, address } = entry;
  const namespace = entry.namespace === undefined || entry.namespace === null || entry.namespace === '' ? 'default' : entry.namespace;
  if (typeof name !== 'string' || name === '') return 'name must be a text';
  if (typeof namespace !== 'string') return 'namespace must be a text';
  if (typeof address !== 'string' || !addressFits(address, kind)) {
    return `address ${JSON.stringify(address)} is no ${kind === 'ipv4' ? 'IPv4 address' : 'IP address or host name'}`;
  }
  const port = readPort(entry.port);
  if (port === undefined) return `port ${JSON.stringify(entry.port)} is no number from 1 to 65535`;
  const labels = readLabels(entry.labels);
  if (typeof labels === 'string') return labels;
  const metricsHost = kind === 'host' ? metricsHostOf(labels, address, port) : authority(address, port);
  if (metricsHost === undefined) return 'labels metricsAddress and metricsPort are no host and port';
  return { id: `${namespace}/${name}`, namespace, name, address, port, metricsHost, labels, rankIndex: 0 };
}

const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** Host names as Kubernetes allows them (DNS-1123 subdomain, 253 characters). */
const isHostName = (text: string): boolean => text.length <= 253 && text.split('.').every((part) => label.test(part));

const addressFits = (address: string, kind: AddressKind): boolean =>
  kind === 'ipv4' ? isIPv4(address) : isIP(address) !== 0 || isHostName(address);

const authority = (host: string, port: number): string => (isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`);

function readPort(value: unknown): number | undefined {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535 ? port : undefined;
}

function readLabels(value: unknown): Readonly<Record<string, string>> | string {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) return 'labels must be an object';
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') return `label ${JSON.stringify(key)} must be a text, put ${JSON.stringify(text)} in quotes`;
  }
  return value as Readonly<Record<string, string>>;
}

/** Where the metrics of another cluster's router are, if its labels say so; undefined when they say something impossible. */
function metricsHostOf(labels: Readonly<Record<string, string>>, address: string, port: number): string | undefined {
  const host = labels.metricsAddress || '';
  if (host === '') return authority(address, port);
  const metricsPort = labels.metricsPort ? readPort(labels.metricsPort) : port;
  return metricsPort === undefined || !addressFits(host, 'host') ? undefined : authority(host, metricsPort);
}
