import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type DetailedPeerCertificate } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import { generate } from 'selfsigned';
import type { GrpcServer } from '../../../src/transport/options';
import { createGrpcServer } from '../../../src/transport/server';
import { type KeyPair, readKeyPair } from '../../../src/transport/tls/key-pair';
import { KeyPairWatcher } from '../../../src/transport/tls/key-pair-watcher';
import { serverTls, type TlsFlags } from '../../../src/transport/tls/server-tls';
import { grpcStatus } from '../../../src/transport/types';
import { FakeClock, RecordingLog } from '../../support/context';

async function pairOf(name: string): Promise<KeyPair> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keyType: 'ec', algorithm: 'sha256' });
  return { cert, key };
}

let folder: string;
let first: KeyPair;
let second: KeyPair;

beforeAll(async () => {
  first = await pairOf('first');
  second = await pairOf('second');
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(pair: KeyPair, into = folder): void {
  writeFileSync(join(into, 'tls.crt'), pair.cert);
  writeFileSync(join(into, 'tls.key'), pair.key);
}

const flags = (changes: Partial<TlsFlags> = {}): TlsFlags => ({
  certPath: folder,
  certReload: false,
  minVersion: '',
  cipherSuites: [],
  ...changes,
});

interface Handshake {
  readonly certificate: DetailedPeerCertificate;
  readonly protocol: string | null;
  readonly alpn: string | false | null;
  readonly cipher: string;
}

function handshake(port: number, options: ConnectionOptions = {}): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'], ...options }, () => {
      resolve({
        certificate: socket.getPeerCertificate(true),
        protocol: socket.getProtocol(),
        alpn: socket.alpnProtocol,
        cipher: socket.getCipher().name,
      });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function withServer(changes: Partial<TlsFlags>, use: (port: number, server: GrpcServer) => Promise<void>): Promise<void> {
  const log = new RecordingLog();
  const tls = await serverTls(flags(changes), log, new FakeClock());
  const server = createGrpcServer({ methods: {}, port: 0, host: '127.0.0.1', log, tls });
  const { port } = await server.listen();
  try {
    await use(port, server);
  } finally {
    await server.close(0);
  }
}

test('without files, a certificate is made: RSA 4096, ten years, h2', async () => {
  await withServer({ certPath: '' }, async (port) => {
    const { certificate, alpn, protocol } = await handshake(port);
    expect(certificate.subject.O).toBe('Inference Ext');
    expect(certificate.issuer.O).toBe('Inference Ext');
    expect(certificate.bits).toBe(4096);
    expect(new Date(certificate.valid_from)).toEqual(new Date('2026-01-01T00:00:00Z'));
    expect(Date.parse(certificate.valid_to) - Date.parse(certificate.valid_from)).toBe(3650 * 24 * 3600 * 1000);
    expect([alpn, protocol]).toEqual(['h2', 'TLSv1.3']);
  });
}, 60_000);

test('a gRPC call over TLS, larger than what a TLS socket takes at once', async () => {
  write(first);
  const log = new RecordingLog();
  const server = createGrpcServer({
    port: 0,
    host: '127.0.0.1',
    log,
    tls: await serverTls(flags(), log, new FakeClock()),
    methods: {
      '/test.Test/Echo': (stream) => ({
        message: (bytes) => void stream.send(bytes),
        ended: () => stream.finish(grpcStatus.OK),
        closed: () => {},
      }),
    },
  });
  const { port } = await server.listen();
  const credentials = grpc.credentials.createSsl(Buffer.from(first.cert), null, null, { checkServerIdentity: () => undefined });
  const client = new grpc.Client(`127.0.0.1:${port}`, credentials);
  const asIs = (bytes: Buffer): Buffer => bytes;
  const message = Buffer.alloc(3_000_000, 'payload ');
  const answer = await new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest('/test.Test/Echo', asIs, asIs, message, (error, bytes) => (error === null ? resolve(bytes!) : reject(error)));
  });
  expect(answer.equals(message)).toBe(true);
  client.close();
  await server.close(0);
});

test('versions and suites are kept', async () => {
  write(first);
  await withServer({ minVersion: 'VersionTLS13' }, async (port) => {
    await expect(handshake(port, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/version|handshake/);
  });
  await withServer({ cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'] }, async (port) => {
    expect((await handshake(port, { maxVersion: 'TLSv1.2' })).cipher).toBe('ECDHE-ECDSA-AES256-GCM-SHA384');
    await expect(handshake(port, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).rejects.toThrow();
    expect((await handshake(port)).protocol).toBe('TLSv1.3');
  });
});

test('a client that asks for another protocol is refused', async () => {
  write(first);
  await withServer({}, async (port, server) => {
    await expect(handshake(port, { ALPNProtocols: ['http/1.1'] })).rejects.toThrow();
    expect(server.stats.connections).toBe(0);
  });
});

test('files that cannot be used are refused with the folder', async () => {
  await expect(serverTls(flags(), new RecordingLog(), new FakeClock())).rejects.toThrow(`cert-path ${folder}`);
  write({ cert: first.cert, key: second.key });
  expect(() => readKeyPair(folder)).toThrow(/tls.crt and tls.key cannot be used/);
});

describe('reload', () => {
  /** Puts a pair where Kubernetes would: files are links into `..data`, which is swapped. */
  function project(pair: KeyPair, version: string): void {
    mkdirSync(join(folder, version));
    write(pair, join(folder, version));
    symlinkSync(version, join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, '..data'));
  }

  async function until(condition: () => boolean): Promise<void> {
    for (let turn = 0; turn < 200 && !condition(); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  test.each([
    ['events', { settleMs: 1, pollMs: 1_000_000 }],
    ['polling', { settleMs: 1_000_000, pollMs: 5 }],
  ])('a swapped link is noticed by %s', async (_name, times) => {
    project(first, 'one');
    symlinkSync('..data/tls.crt', join(folder, 'tls.crt'));
    symlinkSync('..data/tls.key', join(folder, 'tls.key'));
    const changes: KeyPair[] = [];
    const watcher = new KeyPairWatcher(folder, readKeyPair(folder), new RecordingLog(), (pair) => changes.push(pair), times);
    watcher.start();
    project(second, 'two');
    await until(() => changes.length > 0);
    watcher.stop();
    expect(changes).toEqual([second]);
  });

  test('a broken pair is reported, and the old one stays', () => {
    write(first);
    const log = new RecordingLog();
    const changes: KeyPair[] = [];
    const watcher = new KeyPairWatcher(folder, first, log, (pair) => changes.push(pair));
    write({ cert: second.cert, key: first.key });
    watcher.reload();
    expect(changes).toEqual([]);
    expect(log.messages('error')).toEqual(['the TLS certificate could not be read anew, the old one stays']);
    write(second);
    watcher.reload();
    watcher.reload();
    expect(changes).toEqual([second]);
  });

  test('new connections see the new certificate', async () => {
    write(first);
    await withServer({ certReload: true }, async (port) => {
      expect((await handshake(port)).certificate.subject.CN).toBe('first');
      write(second);
      let name: string | undefined;
      for (let turn = 0; turn < 50 && name !== 'second'; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        name = (await handshake(port)).certificate.subject.CN;
      }
      expect(name).toBe('second');
    });
  });
});
