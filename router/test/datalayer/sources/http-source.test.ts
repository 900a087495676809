import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { dataLayerPlugins } from '../../../src/datalayer/plugins';
import type { PollingSource } from '../../../src/datalayer/types';
import { TestContext } from '../../support/context';

function setup(type: string, parameters = {}, metadata = {}) {
  const context = new TestContext();
  const source = context.make<PollingSource>(dataLayerPlugins[type]!, type, parameters);
  const endpoint = context.endpoint('pod', { address: '10.1.2.3', nodeAddress: '192.0.2.9', metricsHost: '10.1.2.3:8200', ...metadata });
  return { source, request: source.request(endpoint) };
}

const own = { host: '10.1.2.3', port: 8200 };

test.each([
  ['metrics-data-source', {}, { scheme: 'http', path: '/metrics', ...own }],
  ['metrics-data-source', { path: '/m', scheme: 'https' }, { scheme: 'https', path: '/m', ...own }],
  ['metrics-data-source', { port: 9 }, { scheme: 'http', path: '/metrics', host: '10.1.2.3', port: 9 }],
  ['models-data-source', {}, { scheme: 'http', path: '/v1/models', ...own }],
  ['dcgm-data-source', {}, { scheme: 'http', path: '/metrics', host: '10.1.2.3', port: 9400 }],
  ['dcgm-data-source', { useNodeAddress: true, port: 9401 }, { scheme: 'http', path: '/metrics', host: '192.0.2.9', port: 9401 }],
  ['dcgm-data-source', { port: 0 }, { scheme: 'http', path: '/metrics', ...own }],
  ['multicluster-metrics-data-source', {}, { scheme: 'https', path: '/metrics', ...own }],
  ['multicluster-metrics-data-source', { scheme: 'http', port: 9 }, { scheme: 'http', path: '/metrics', ...own }],
])('%s with %j fetches from %j', (type, parameters, request) => {
  expect(setup(type, parameters).request).toEqual(request);
});

test('without a known node the address of the pod is used', () => {
  expect(setup('dcgm-data-source', { useNodeAddress: true }, { nodeAddress: undefined }).request.host).toBe('10.1.2.3');
});

test('IPv6 endpoints lose their brackets', () => {
  expect(setup('metrics-data-source', {}, { metricsHost: '[fd00::1]:8200' }).request).toMatchObject({ host: 'fd00::1', port: 8200 });
});

test.each([
  [{}, undefined],
  [{ interval: '0s' }, undefined],
  [{ interval: '1.5s' }, 1500],
])('%j is an interval of %p ms', (parameters, interval) => {
  expect(setup('metrics-data-source', parameters).source.intervalMs).toBe(interval);
});

test.each([
  ['metrics-data-source', { interval: '-1s' }, /interval is -1s/],
  ['dcgm-data-source', { useNodeAddress: true, port: 0 }, /port is 0 while useNodeAddress is on/],
])('%s with %j can not start', (type, parameters, reason) => {
  expect(() => setup(type, parameters)).toThrow(reason);
});

describe('certificates', () => {
  let directory: string;
  let file: string;
  let keyFile: string;
  let pems: { private: string; cert: string };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'certificates-'));
    file = join(directory, 'cert.pem');
    keyFile = join(directory, 'key.pem');
    pems = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 });
    writeFileSync(file, pems.cert);
    writeFileSync(keyFile, pems.private);
    writeFileSync(join(directory, 'broken.pem'), '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n');
    writeFileSync(join(directory, 'empty.pem'), '');
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  test('are checked between clusters and not within one, unless told otherwise', () => {
    expect(setup('multicluster-metrics-data-source').source.tls).toEqual({ insecureSkipVerify: false });
    expect(setup('multicluster-metrics-data-source', { insecureSkipVerify: true }).source.tls).toEqual({ insecureSkipVerify: true });
    expect(setup('metrics-data-source', { scheme: 'https' }).source.tls).toEqual({ insecureSkipVerify: true });
    expect(setup('dcgm-data-source', { scheme: 'https' }).source.tls).toEqual({ insecureSkipVerify: true });
  });

  test('are read from files', () => {
    const { tls } = setup('multicluster-metrics-data-source', { caCertPath: file, clientCertPath: file, clientKeyPath: keyFile }).source;
    expect([tls.ca, tls.cert, tls.key].map(String)).toEqual([pems.cert, pems.cert, pems.private]);
    expect(setup('metrics-data-source', { scheme: 'https', caCertPath: '/missing' }).source.tls.ca).toBeUndefined();
  });

  test.each([
    [() => ({ caCertPath: join(directory, 'missing.pem') }), /caCertPath .* can not be read: ENOENT/],
    [() => ({ caCertPath: join(directory, 'empty.pem') }), /holds no PEM block/],
    [() => ({ clientCertPath: file }), /go together/],
    [() => ({ clientCertPath: file, clientKeyPath: file }), /can not be used: /],
    [() => ({ clientCertPath: join(directory, 'broken.pem'), clientKeyPath: keyFile }), /can not be used: /],
  ])('that are missing or broken are an error', (parameters, reason) => {
    expect(() => setup('multicluster-metrics-data-source', parameters())).toThrow(reason);
  });
});
