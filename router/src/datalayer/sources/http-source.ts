import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type JsonObject, parseGoDuration } from 'llm-d-epp-config';
import type { PluginContext } from '../../plugin/context';
import { textParameter } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import { splitAuthority } from '../http/request-bytes';
import type { PollingSource, PollRequest, PollTls } from '../types';

/** What differs between the types of http sources. */
export interface HttpSourceOptions {
  readonly emits: PollingSource['emits'];
  readonly defaultScheme: 'http' | 'https';
  readonly defaultPath: string;
  readonly insecureSkipVerify: boolean;
  /**
   * Whether the parameter `port` replaces the port of the metrics page.
   * @default true
   */
  readonly takesPort?: boolean;
}

/** Fetches a path from every endpoint. Source of the rules for host and port: llm-d-router v0.10.0, `source/http`. */
export class HttpSource implements PollingSource {
  readonly type: string;
  readonly emits: PollingSource['emits'];
  readonly intervalMs?: number;
  readonly tls: PollTls;
  private readonly scheme: 'http' | 'https';
  private readonly path: string;
  /** 0 without. */
  private readonly port: number;
  private readonly useNodeAddress: boolean;

  /** @throws Error when a certificate can not be read, or parameters do not fit together */
  constructor({ type, parameters }: PluginContext, options: HttpSourceOptions) {
    this.type = type;
    this.emits = options.emits;
    this.scheme = textParameter(parameters, 'scheme', options.defaultScheme) as 'http' | 'https';
    this.path = textParameter(parameters, 'path', options.defaultPath);
    this.port = options.takesPort === false ? 0 : Number(parameters.port ?? 0);
    this.useNodeAddress = parameters.useNodeAddress === true;
    if (this.useNodeAddress && this.port === 0) throw new Error('port is 0 while useNodeAddress is on, write the port of the exporter');
    this.tls = this.scheme === 'https' ? readTls(parameters, options.insecureSkipVerify) : { insecureSkipVerify: true };
    const interval = parseGoDuration(textParameter(parameters, 'interval', '0')) ?? 0;
    if (interval < 0) throw new Error(`interval is ${parameters.interval}, write a duration of 0s or more`);
    if (interval > 0) this.intervalMs = interval;
  }

  request({ metadata }: Endpoint): PollRequest {
    const { scheme, path, port } = this;
    if (port === 0) return { scheme, path, ...splitAuthority(metadata.metricsHost) };
    return { scheme, path, port, host: this.useNodeAddress ? metadata.nodeAddress || metadata.address : metadata.address };
  }
}

function readTls(parameters: JsonObject, skipByDefault: boolean): PollTls {
  const insecureSkipVerify = (parameters.insecureSkipVerify ?? skipByDefault) === true;
  const ca = insecureSkipVerify ? undefined : readPem(parameters, 'caCertPath');
  const cert = readPem(parameters, 'clientCertPath');
  const key = readPem(parameters, 'clientKeyPath');
  if ((cert === undefined) !== (key === undefined)) throw new Error('clientCertPath and clientKeyPath go together, write both or none');
  const pems = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  try {
    // What can not be used would throw at each fetch, where nobody could catch it.
    createSecureContext(pems);
  } catch (cause) {
    throw new Error(`the files of caCertPath, clientCertPath and clientKeyPath can not be used: ${(cause as Error).message}`, { cause });
  }
  return { insecureSkipVerify, ...pems };
}

function readPem(parameters: JsonObject, name: string): Buffer | undefined {
  const path = textParameter(parameters, name, '');
  if (path === '') return undefined;
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (cause) {
    throw new Error(`${name} ${JSON.stringify(path)} can not be read: ${(cause as Error).message}`, { cause });
  }
  if (!pem.includes('-----BEGIN ')) throw new Error(`${name} ${JSON.stringify(path)} holds no PEM block`);
  return pem;
}
