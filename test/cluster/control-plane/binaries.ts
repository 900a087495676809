import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The folder with kube-apiserver and etcd. The first call on a machine builds them, which takes five to ten minutes. */
export function controlPlaneBinaries(): Promise<string> {
  return new Promise((resolve, reject) => {
    const build = spawn('bash', [join(__dirname, 'build.sh')], { stdio: ['ignore', 'pipe', 'pipe'] });
    let folder = '';
    let complaint = '';
    build.stdout.on('data', (chunk: Buffer) => {
      folder += chunk;
    });
    build.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk;
      process.stderr.write(chunk);
    });
    build
      .on('error', reject)
      .on('close', (code) => (code === 0 ? resolve(folder.trim()) : reject(new Error(complaint.trim().slice(-2000)))));
  });
}
