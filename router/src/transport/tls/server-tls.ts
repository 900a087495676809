import type { SecureContextOptions } from 'node:tls';
import type { Clock } from '../../plugin/clock';
import type { Log } from '../../plugin/context';
import type { ServerTls } from '../options';
import { type TlsPolicy, tlsPolicy } from './go-names';
import { type KeyPair, readKeyPair, selfSignedKeyPair } from './key-pair';
import { KeyPairWatcher } from './key-pair-watcher';

/** The TLS flags of the router. */
export interface TlsFlags {
  /** `--cert-path`: a folder with `tls.crt` and `tls.key`; empty for a certificate made at the start. */
  readonly certPath: string;
  /** `--enable-cert-reload`. */
  readonly certReload: boolean;
  /** `--tls-min-version`, empty for TLS 1.2. */
  readonly minVersion: string;
  /** `--tls-cipher-suites`. */
  readonly cipherSuites: readonly string[];
}

function contextOf(pair: KeyPair, policy: TlsPolicy): SecureContextOptions {
  return { ...policy, ...pair };
}

/**
 * Makes the TLS of a server from the flags.
 * @throws Error (rejects) for unknown names and for files that cannot be used
 */
export async function serverTls(flags: TlsFlags, log: Log, clock: Clock): Promise<ServerTls> {
  const policy = tlsPolicy(flags.minVersion, flags.cipherSuites);
  if (flags.certPath === '') {
    return { context: contextOf(await selfSignedKeyPair(new Date(clock.wallTime())), policy) };
  }
  const pair = readKeyPair(flags.certPath);
  const context = contextOf(pair, policy);
  if (!flags.certReload) {
    return { context };
  }
  return {
    context,
    onReload: (replace) => {
      const watcher = new KeyPairWatcher(flags.certPath, pair, log, (changed) => replace(contextOf(changed, policy)));
      watcher.start();
      return () => watcher.stop();
    },
  };
}
