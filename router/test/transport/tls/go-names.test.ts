import { createSecureContext } from 'node:tls';
import { opensslCiphers } from '../../../src/transport/tls/cipher-catalog';
import { tlsPolicy } from '../../../src/transport/tls/go-names';

test('TLS 1.2 is the lowest version unless another is given', () => {
  expect(tlsPolicy('', [])).toEqual({ minVersion: 'TLSv1.2' });
  expect(tlsPolicy('VersionTLS13', [])).toEqual({ minVersion: 'TLSv1.3' });
});

test('suites limit TLS 1.2; those of TLS 1.3 stay allowed', () => {
  const { ciphers } = tlsPolicy('', [' TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 ', '']);
  expect(ciphers!.split(':')).toEqual([
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
  ]);
});

test.each(Object.keys(opensslCiphers))('OpenSSL knows %s', (name) => {
  expect(() => createSecureContext({ ...tlsPolicy('', [name]), ciphers: opensslCiphers[name]! })).not.toThrow();
});

test.each([
  ['VersionTLS14', [], 'unknown version "VersionTLS14"; known are VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13'],
  ['constructor', [], 'unknown version'],
  ['', ['ECDHE-RSA-AES128-GCM-SHA256'], 'unknown cipher suite "ECDHE-RSA-AES128-GCM-SHA256"; known are TLS_AES_128'],
  ['', ['toString'], 'unknown cipher suite'],
])('%s %s is refused', (version, suites, message) => {
  expect(() => tlsPolicy(version, suites)).toThrow(message);
});
