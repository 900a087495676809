import { mkdirSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import { generate } from 'selfsigned';
import { FakeVllm } from '../support/fake-vllm';
import { completion, ProcessStage } from '../support/process-stage';
import { until } from '../support/runtime';

async function writePair(folder: string, name: string): Promise<void> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keyType: 'ec', algorithm: 'sha256' });
  writeFileSync(`${folder}/tls.key`, key);
  writeFileSync(`${folder}/tls.crt`, cert);
}

/** Subject of the certificate that a port shows. */
function subjectOf(port: number): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] }, () => {
      resolve({ ...socket.getPeerCertificate().subject });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const insecure = grpc.credentials.createSsl(null, null, null, { rejectUnauthorized: false });

let stage: ProcessStage;
beforeEach(async () => {
  stage = await ProcessStage.create(1);
});
afterEach(() => stage.stop());

test('ext-proc is served over TLS, by default with a certificate made at the start; ready once the first metrics are there', async () => {
  const { port } = stage.servers[0] as FakeVllm;
  await stage.servers[0]?.stop();
  const { health } = stage.ports;
  stage.start(['--secure-serving=true']);
  await until(async () => (await stage.router.health()) === 2, `not serving on ${health}`);
  await stage.logs('the router runs');
  expect(await stage.router.health('liveness')).toBe(2);
  expect(await subjectOf(stage.ports.grpc)).toEqual({ O: 'Inference Ext' });
  stage.servers[0] = await new FakeVllm().start(port);
  await stage.router.ready();
  expect(await stage.router.health('any name without leader election')).toBe(1);
  const stream = stage.client(insecure).request(completion('hello'));
  expect(await stream.destination()).toBe(`127.0.0.1:${port}`);
  stream.cancel();
}, 40_000);

test('certificates of a folder are shown, those of ext-proc again after they changed; metrics have theirs', async () => {
  const folder = stage.file('certs');
  mkdirSync(folder);
  await writePair(folder, 'first');
  await stage.start(['--secure-serving=true', `--cert-path=${folder}`, '--enable-cert-reload', `--metrics-cert-dir=${folder}`]).ready();
  expect(await subjectOf(stage.ports.grpc)).toEqual({ CN: 'first' });
  const page = await new Promise<string>((resolve, reject) => {
    httpsRequest({ port: stage.ports.metrics, host: '127.0.0.1', path: '/metrics', rejectUnauthorized: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
  expect(page).toContain('process_start_time_seconds');
  await writePair(folder, 'second');
  await until(async () => (await subjectOf(stage.ports.grpc)).CN === 'second', 'the new certificate');
}, 40_000);
